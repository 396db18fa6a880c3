using System.Runtime.Versioning;

namespace SecKill.Tests.LocalServers.Servers;

/// <summary>Everything a test run writes lies under one folder of its own, which goes when the run ends.</summary>
public static class RunFolder
{
    // In memory where there is room: the databases of the tests force every commit to the disk, and a disk that others keep
    // busy would make a claim time out now and then. What a killed process leaves behind is the same there.
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

    public static void Delete(string path)
    {
        try
        {
            Directory.Delete(path, recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // What a container wrote may belong to another user; a left-over must not fail a test.
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
        // What runs that were killed have left would stay, in memory even.
        foreach (var left in Directory.EnumerateFiles(parent, $"{Prefix}*{LockSuffix}"))
            DeleteUnlessAlive(left);
        var root = Path.Combine(parent, $"{Prefix}{Guid.NewGuid():N}");
        // Before the folder, and held to the end of the process: what has no such lock is dead.
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
