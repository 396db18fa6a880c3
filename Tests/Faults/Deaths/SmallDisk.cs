namespace SecKill.Tests.Faults.Deaths;

/// <summary>A disk of a few MiB in the place of a folder: a file system in memory, which Linux lets root make.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly string _folder;

    /// <summary>Skips the test where it cannot be made.</summary>
    /// <param name="folder">Empty.</param>
    /// <param name="megabytes">Its size.</param>
    public SmallDisk(string folder, int megabytes)
    {
        _folder = folder;
        Assert.SkipUnless(OperatingSystem.IsLinux() && Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", folder), "Only root can make a small disk, on Linux.");
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

    public void Dispose() => Run("umount", "--lazy", _folder);

    private static bool Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
