namespace SecKill.Tests.Faults.Deaths;

/// <summary>A disk of a few MiB in the place of a folder: a file system in memory, which Linux lets root make.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private readonly string _folder;

    private SmallDisk(string folder) => _folder = folder;

    /// <summary>Skips the test where it cannot be made.</summary>
    /// <param name="folder">Empty.</param>
    /// <param name="megabytes">Its size.</param>
    public static async Task<SmallDisk> CreateAsync(string folder, int megabytes)
    {
        var isMade = OperatingSystem.IsLinux() && (await Command.RunAsync("mount", ["-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", folder])).IsGood;
        Assert.SkipUnless(isMade, "Only root can make a small disk, on Linux.");
        return new SmallDisk(folder);
    }

    private string Filler => Path.Combine(_folder, "filler");

    /// <summary>Takes all the room that is left.</summary>
    public void Fill()
    {
        using var filler = new FileStream(Filler, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            for (var block = new byte[4096]; ;)
                filler.Write(block);
        }
        catch (IOException)
        {
            // Full.
        }
    }

    public void MakeRoom() => File.Delete(Filler);

    public async ValueTask DisposeAsync() => await Command.RunAsync("umount", ["--lazy", _folder]);
}
