namespace SecKill.Tests.Servers;

/// <summary>Everything a test run writes lies under one folder of its own, which goes when the run ends.</summary>
public static class RunFolder
{
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
        var root = Directory.CreateTempSubdirectory("seckill-tests-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Delete(root);
        return root;
    }
}
