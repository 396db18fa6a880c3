namespace SecKill.Tests.LocalServers.Servers;

/// <summary>
/// The settable wall clock of a process; its monotonic clock is unchanged. By <c>wall-clock.c</c>, an LD_PRELOAD library: with
/// libfaketime Redis does not start and .NET loses its timers.
/// </summary>
public sealed class WallClock
{
    private static readonly Lazy<string> _library = new(Compile);

    private readonly string _file = Path.Combine(RunFolder.Create("clock"), "ahead");

    public WallClock() => Set(TimeSpan.Zero);

    /// <summary>Whether there is a compiler.</summary>
    public static bool IsPossible => OperatingSystem.IsLinux() && Installed.Find("cc") is not null;

    /// <summary>The environment of the process whose clock this is.</summary>
    public IReadOnlyDictionary<string, string?> Environment => new Dictionary<string, string?> { ["LD_PRELOAD"] = _library.Value, ["WALL_CLOCK"] = _file };

    /// <summary>Its offset from the true time.</summary>
    public TimeSpan Ahead { get; private set; }

    /// <summary>Sets the offset: ahead of the true time, or behind if negative, in whole seconds.</summary>
    public void Set(TimeSpan ahead)
    {
        Ahead = ahead;
        // In place: the process has these very bytes in its memory.
        using var file = new FileStream(_file, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite);
        file.Write(BitConverter.GetBytes((long)ahead.TotalSeconds));
    }

    private static string Compile()
    {
        var library = Path.Combine(RunFolder.Create("clock"), "wall-clock.so");
        // Once a run, where a property needs it.
        Command.OutputOfAsync(
            Installed.Find("cc")!, ["-shared", "-fPIC", "-O1", "-o", library, Path.Combine(AppContext.BaseDirectory, "Servers", "wall-clock.c")])
            .GetAwaiter().GetResult();
        return library;
    }
}
