using System.Security.Cryptography;

namespace SecKill.Tests.LocalServers.Deployments;

/// <summary>Where a local cluster keeps its data, logs and secrets. Locked while it is open; the kernel drops the lock with the process.</summary>
public sealed class ClusterFolder : IDisposable
{
    private const string LockFile = "seckill.lock";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly FileStream _lock;

    /// <summary>Opens the folder; creates it, readable by its owner alone, if there is none.</summary>
    /// <exception cref="LocalServerException">Another process has it open, or it holds other things.</exception>
    public ClusterFolder(string path)
    {
        Root = Path.GetFullPath(path);
        // The mode of another program's folder must not change.
        if (Directory.Exists(Root) && !File.Exists(Path.Combine(Root, LockFile)) && Directory.EnumerateFileSystemEntries(Root).Any())
            throw new LocalServerException($"'{Root}' is neither empty nor a data folder of SecKill; choose a folder of its own.");
        Directory.CreateDirectory(Root);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Root, OwnerOnly);
        try
        {
            _lock = new FileStream(Path.Combine(Root, LockFile), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException fault)
        {
            throw new LocalServerException($"Another SecKill is using the data folder '{Root}'. Stop it, or choose another folder.", fault);
        }
    }

    /// <summary>The folder, an absolute path.</summary>
    public string Root { get; }

    /// <summary>A secret of this folder, made up on first use.</summary>
    /// <param name="file">Its name; only its owner may read it.</param>
    /// <returns>The bytes as base64.</returns>
    public string Secret(string file, int bytes)
    {
        var path = Path.Combine(Root, file);
        if (!File.Exists(path))
            OwnerOnlyFile.Write(path, Convert.ToBase64String(RandomNumberGenerator.GetBytes(bytes)));
        var secret = File.ReadAllText(path).Trim();
        var decoded = new byte[bytes + 3];
        return Convert.TryFromBase64String(secret, decoded, out var length) && length == bytes
            ? secret
            : throw new LocalServerException($"The secret '{path}' does not hold {bytes} bytes of base64. Restore it, or delete it to get a new one.");
    }

    /// <summary>A secret of letters and digits, as connection strings want them.</summary>
    /// <param name="file">Its name; only its owner may read it.</param>
    public string Password(string file) => Convert.ToHexString(Convert.FromBase64String(Secret(file, 24)));

    /// <summary>The file with the key that signs receipts, made up on first use.</summary>
    /// <returns>Its path; only its owner may read it.</returns>
    public string ReceiptKey()
    {
        var path = Path.Combine(Root, "receipts.pem");
        if (!File.Exists(path))
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            OwnerOnlyFile.Write(path, key.ExportPkcs8PrivateKeyPem());
        }
        return path;
    }

    public void Dispose() => _lock.Dispose();
}
