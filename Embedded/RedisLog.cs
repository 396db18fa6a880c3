using System.Globalization;

namespace SecKill.Embedded;

/// <summary>
/// Which of the folders below the Redis folder holds the log in force. The log is rewritten into a new folder and put
/// in force by one atomic rename of a small file, so that a crash at any moment leaves exactly one whole log.
/// </summary>
internal sealed class RedisLog
{
    private readonly string _folder;
    private readonly string _pointer;
    private long _generation;
    private long _sizeWhenRewritten;

    /// <summary>Finds the log in force and deletes the remains of an interrupted rewrite.</summary>
    /// <param name="folder">The Redis folder; created if missing.</param>
    /// <exception cref="ConfigurationException">The file that names the log in force is unreadable, or missing beside logs.</exception>
    public RedisLog(string folder)
    {
        _folder = folder;
        _pointer = Path.Combine(folder, "current");
        Directory.CreateDirectory(folder);
        if (File.Exists(_pointer))
            ReadPointer();
        else if (Directory.EnumerateDirectories(folder, "log-*").Any())
            throw DataFolder.Fault($"'{folder}' holds logs but not '{_pointer}', which names the one in force. Restore it.");
        else
            WritePointer();
        DeleteOthers();
    }

    /// <summary>The folder of the log in force.</summary>
    public string Current => FolderOf(_generation);

    /// <summary>The folder into which the next log is to be written.</summary>
    public string Next => FolderOf(_generation + 1);

    /// <summary>Bytes of the log in force on disk.</summary>
    public long Size => Directory.Exists(Current)
        ? new DirectoryInfo(Current).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length)
        : 0;

    /// <summary>Whether a rewrite pays: the log is large, and twice the size after the last rewrite.</summary>
    /// <param name="above">Bytes below which a log is never rewritten.</param>
    public bool WantsRewrite(long above) => Size is var size && size > above && size / 2 > _sizeWhenRewritten;

    /// <summary>Puts the next log in force, which must be complete and closed, and deletes the old one.</summary>
    public void Switch()
    {
        _generation++;
        _sizeWhenRewritten = Size;
        WritePointer();
        DeleteOthers();
    }

    private string FolderOf(long generation) => Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"log-{generation}"));

    private void WritePointer() => PrivateFile.Write(_pointer, string.Create(CultureInfo.InvariantCulture, $"{_generation} {_sizeWhenRewritten}\n"));

    private void ReadPointer()
    {
        var parts = File.ReadAllText(_pointer).Trim().Split(' ');
        if (parts.Length != 2
            || !long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out _generation)
            || !long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out _sizeWhenRewritten))
            throw DataFolder.Fault($"'{_pointer}' does not name the log in force.");
    }

    private void DeleteOthers()
    {
        foreach (var other in Directory.EnumerateDirectories(_folder, "log-*").Where(other => other != Current))
            Directory.Delete(other, recursive: true);
    }
}
