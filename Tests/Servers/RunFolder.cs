namespace SecKill.Tests.Servers;

/// <summary>Everything a test run writes lies under one folder of its own, which goes when the run ends.</summary>
public static class RunFolder
{
    // In memory where there is room: the databases of the tests force every commit to the disk, and a disk that others keep
    // busy would make a claim time out now and then. What a killed process leaves behind is the same there.
    private const string InMemory = "/dev/shm";
    private const string Prefix = "seckill-tests-";
    private const long RoomNeeded = 4L << 30;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private static readonly Lazy<string> _root = new(CreateRoot);
    private static int _last;

    /// <summary>A new folder; the name only helps a person who looks at it.</summary>
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
        if (OperatingSystem.IsLinux() && Directory.Exists(InMemory))
            DeleteOthersOfTheDead();
        var root = OperatingSystem.IsLinux() && HasRoom(InMemory)
            ? Directory.CreateDirectory(Path.Combine(InMemory, $"{Prefix}{Environment.ProcessId}"), OwnerOnly).FullName
            : Directory.CreateTempSubdirectory(Prefix).FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Delete(root);
        return root;
    }

    /// <summary>What runs that were killed have left would stay in memory.</summary>
    private static void DeleteOthersOfTheDead()
    {
        foreach (var folder in Directory.EnumerateDirectories(InMemory, $"{Prefix}*"))
        {
            if (!Directory.Exists($"/proc/{Path.GetFileName(folder)[Prefix.Length..]}"))
                Delete(folder);
        }
    }

    private static bool HasRoom(string folder)
    {
        try
        {
            return Directory.Exists(folder) && new DriveInfo(folder).AvailableFreeSpace >= RoomNeeded;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
