using System.Text;

namespace SecKill.Embedded;

/// <summary>Small owner-only files, written atomically.</summary>
internal static class PrivateFile
{
    /// <summary>Writes a file next to the wanted one, forces it to disk and puts it in place by renaming.</summary>
    /// <param name="path">The file to create or replace.</param>
    /// <param name="text">Its whole content, written as UTF-8.</param>
    public static void Write(string path, string text)
    {
        var temporary = path + ".new";
        // A leftover of a crash keeps its mode when it is truncated; begin afresh.
        File.Delete(temporary);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var stream = new FileStream(temporary, options))
        {
            stream.Write(Encoding.UTF8.GetBytes(text));
            stream.Flush(flushToDisk: true);
        }
        File.Move(temporary, path, overwrite: true);
    }
}
