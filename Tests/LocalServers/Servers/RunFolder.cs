using System.Runtime.Versioning;

namespace SecKill.Tests.LocalServers.Servers;

/// <summary>The folder for everything a test run writes; deleted at its end.</summary>
public static class RunFolder
{
    // In memory if there is room: the databases sync every commit, and a busy disk would make claims time out now and then. A killed
    // process leaves the same data there.
    private const string InMemory = "/dev/shm";
    private const string Prefix = "seckill-tests-";
    private const string LockSuffix = ".lock";
    private const long RoomNeeded = 4L << 30;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private static readonly Lazy<string> _root = new(CreateRoot);
    private static FileStream? _lock;
    private static int _last;

    /// <summary>For measurements, to which a disk belongs. To be set before the first folder is made.</summary>
    public static bool OnDisk { get; set; }

    /// <summary>A new folder; the name is only for people.</summary>
    public static string Create(string name)
    {
        var path = Path.Combine(_root.Value, $"{name}-{Interlocked.Increment(ref _last)}");
        return Directory.CreateDirectory(path).FullName;
    }

    /// <summary>Copies all of a folder into another, which is created if necessary.</summary>
    public static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var inner in Directory.EnumerateDirectories(from, "*", SearchOption.AllDirectories))
            Directory.CreateDirectory(Path.Combine(to, Path.GetRelativePath(from, inner)));
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
            File.Copy(file, Path.Combine(to, Path.GetRelativePath(from, file)));
    }

    public static void Delete(string path)
    {
        try
        {
            Directory.Delete(path, recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A container's files may belong to another user; leftovers must not fail a test.
        }
    }

    private static string CreateRoot()
    {
        var root = OperatingSystem.IsLinux() ? CreateLocked(!OnDisk && HasRoom() ? InMemory : Path.GetTempPath())
            : Directory.CreateTempSubdirectory(Prefix).FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            Delete(root);
            _lock?.Dispose();
        };
        return root;
    }

    [SupportedOSPlatform("linux")]
    private static string CreateLocked(string parent)
    {
        // Folders of killed runs would stay, even in memory.
        foreach (var left in Directory.EnumerateFiles(parent, $"{Prefix}*{LockSuffix}"))
            DeleteUnlessAlive(left);
        var root = Path.Combine(parent, $"{Prefix}{Guid.NewGuid():N}");
        // Taken before the folder and held to the end of the process: a folder without it is abandoned.
        _lock = new FileStream(root + LockSuffix, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        return Directory.CreateDirectory(root, OwnerOnly).FullName;
    }

    private static void DeleteUnlessAlive(string lockFile)
    {
        try
        {
            using (new FileStream(lockFile, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
                Delete(lockFile[..^LockSuffix.Length]);
            File.Delete(lockFile);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Alive, or another user's.
        }
    }

    private static bool HasRoom()
    {
        try
        {
            // Containers would write as other users, whose files we could not delete.
            return Installed.Redis is not null && MySqlTemplate.Server is not null
                && GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >= 2 * RoomNeeded
                && Directory.Exists(InMemory) && new DriveInfo(InMemory).AvailableFreeSpace >= RoomNeeded;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
