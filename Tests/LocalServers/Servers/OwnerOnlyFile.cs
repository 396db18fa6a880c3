namespace SecKill.Tests.LocalServers.Servers;

/// <summary>Small files with secrets, which only their owner may read.</summary>
public static class OwnerOnlyFile
{
    public static void Write(string path, string text)
    {
        // A file that is there keeps its mode when it is truncated.
        File.Delete(path);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var writer = new StreamWriter(path, options);
        writer.Write(text);
    }
}
