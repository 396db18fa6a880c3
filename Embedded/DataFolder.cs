using System.Security.Cryptography;

namespace SecKill.Embedded;

/// <summary>
/// The folder in which the embedded mode keeps everything that survives a restart. While an instance lives, no other
/// process can open the same folder; the operating system drops the lock with the process, however that ends.
/// </summary>
public sealed class DataFolder : IDisposable
{
    private const string LockFile = "seckill.lock";

    // Made by mkfs at the root of a new volume.
    private const string OfTheVolume = "lost+found";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly FileStream _lock;
    private readonly Lock _secrets = new();

    /// <summary>Opens the folder, creating it readable by its owner alone if there is none.</summary>
    /// <param name="path">Absolute, or relative to the current directory.</param>
    /// <exception cref="ConfigurationException">
    /// Another SecKill uses the folder, or it holds other things than SecKill's, or it cannot be created or made private.
    /// </exception>
    public DataFolder(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        Root = Path.GetFullPath(path);
        try
        {
            CreatePrivately(Root);
            _lock = TakeLock();
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw Fault($"The data folder '{Root}' cannot be used: {e.Message}", e);
        }
    }

    /// <summary>The folder itself, an absolute path.</summary>
    public string Root { get; }

    /// <summary>The SQLite file of the ledger and the accounts.</summary>
    public string LedgerFile => Path.Combine(Root, "ledger.db");

    /// <summary>The key that signs tokens where the settings name none.</summary>
    /// <inheritdoc cref="ReadOrCreateSecret" path="/exception"/>
    public string SigningKey => ReadOrCreateSecret("signing.key", 32);

    /// <summary>
    /// The keys of receipts, in PEM, where the settings name none: one is made on first use. For another one put it in front of the file's text, and
    /// leave the one of before where it is.
    /// </summary>
    /// <exception cref="ConfigurationException">The file is there and holds no PEM: without a word receipts would have no token.</exception>
    public string ReceiptKeys
    {
        get
        {
            var file = Path.Combine(Root, "receipts.pem");
            lock (_secrets)
            {
                if (!File.Exists(file))
                {
                    using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
                    PrivateFile.Write(file, key.ExportPkcs8PrivateKeyPem() + "\n");
                }
                var keys = File.ReadAllText(file);
                return keys.Contains("-----BEGIN", StringComparison.Ordinal) ? keys
                    : throw Fault($"'{file}' holds no key of receipts. Restore it, or delete it to get a new one, which verifies none of the receipts given before.");
            }
        }
    }

    /// <summary>Where the Redis of the embedded mode keeps its log; created by it.</summary>
    public string RedisFolder => Path.Combine(Root, "redis");

    /// <summary>Gives a secret of this folder, making it up on first use. The file is readable by its owner alone.</summary>
    /// <param name="fileName">A plain file name, without folders.</param>
    /// <param name="bytes">How many random bytes the secret has, 16 to 1024.</param>
    /// <returns>The bytes as base64, the same ones for the life of the folder.</returns>
    /// <exception cref="ConfigurationException">
    /// The file is there but does not hold <paramref name="bytes"/> bytes of base64: a damaged secret is never replaced silently.
    /// </exception>
    public string ReadOrCreateSecret(string fileName, int bytes)
    {
        if (string.IsNullOrEmpty(fileName) || Path.GetFileName(fileName) != fileName)
            throw new ArgumentException("A plain file name is wanted.", nameof(fileName));
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, 16);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, 1024);
        var file = Path.Combine(Root, fileName);
        lock (_secrets)
        {
            if (File.Exists(file))
                return Checked(file, bytes);
            var secret = Convert.ToBase64String(RandomNumberGenerator.GetBytes(bytes));
            PrivateFile.Write(file, secret);
            return secret;
        }
    }

    /// <summary>The exception for a folder that cannot be used.</summary>
    /// <param name="message">What is wrong, naming the folder or file, and the remedy.</param>
    /// <param name="inner">The system's own error, if there was one.</param>
    internal static ConfigurationException Fault(string message, Exception? inner = null) => new($"Data:Folder: {message}", inner!);

    /// <summary>Gives the folder back. Stop whatever keeps files in it first.</summary>
    public void Dispose() => _lock.Dispose();

    /// <summary>Creates a private folder (owner only), or makes an existing one private.</summary>
    /// <exception cref="ConfigurationException">The folder holds files of another program.</exception>
    private static void CreatePrivately(string path)
    {
        // Never change the mode of an existing folder: making a shared one private would lock others out.
        if (Directory.Exists(path) && !File.Exists(Path.Combine(path, LockFile)) && Directory.EnumerateFileSystemEntries(path).Any(entry => Path.GetFileName(entry) != OfTheVolume))
            throw Fault($"'{path}' is neither empty nor a data folder of SecKill; choose a folder of its own.");
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
            return;
        }
        Directory.CreateDirectory(path, OwnerOnly);
        File.SetUnixFileMode(path, OwnerOnly);
    }

    private static string Checked(string file, int bytes)
    {
        var secret = File.ReadAllText(file).Trim();
        var decoded = new byte[bytes + 3];
        if (!Convert.TryFromBase64String(secret, decoded, out var length) || length != bytes)
            throw Fault($"The secret '{file}' does not hold {bytes} bytes of base64. Restore it, or delete it to get a new one.");
        return secret;
    }

    private FileStream TakeLock()
    {
        var file = Path.Combine(Root, LockFile);
        try
        {
            // On Unix the runtime turns FileShare.None into flock, which the kernel releases with the process.
            return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (File.Exists(file))
        {
            throw Fault($"Another SecKill is using the data folder '{Root}'. Stop it, or choose another folder.", e);
        }
    }
}
