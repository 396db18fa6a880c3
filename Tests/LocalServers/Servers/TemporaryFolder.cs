namespace SecKill.Tests.LocalServers.Servers;

/// <summary>A folder deleted after the test; not created, so that tests cover its creation.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = System.IO.Path.Combine(RunFolder.Create("temporary"), "folder");

    /// <summary>Copies a Redis folder during writes, consistent as after a crash.</summary>
    public static void CopyLiveLog(string from, string to)
    {
        // A commit record must not be newer than the log that it speaks of, so the records are copied first. The server
        // replaces them now and then; if one goes away under the copy, begin again.
        var files = Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories)
            .OrderBy(file => file.Contains("log-commits", StringComparison.Ordinal) ? 0 : 1);
        try
        {
            foreach (var file in files)
                CopyFile(file, System.IO.Path.Combine(to, System.IO.Path.GetRelativePath(from, file)));
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            Directory.Delete(to, recursive: true);
            CopyLiveLog(from, to);
        }
    }

    public void Dispose() => RunFolder.Delete(System.IO.Path.GetDirectoryName(Path)!);

    private static void CopyFile(string from, string to)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(to)!);
        using var source = new FileStream(from, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var target = File.Create(to);
        source.CopyTo(target);
    }
}
