namespace SecKill.Tests.Deploy;

/// <summary>The files of the checkout that the tests were built from.</summary>
internal static class Repository
{
    private static readonly Lazy<string> _root = new(Find);

    public static string Path(string relative) => System.IO.Path.Combine(_root.Value, relative);

    public static string Read(string relative) => File.ReadAllText(Path(relative));

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "SecKill.sln")))
                return folder.FullName;
        }
        throw new InvalidOperationException($"No SecKill.sln above {AppContext.BaseDirectory}.");
    }
}
