using System.Diagnostics;

namespace SecKill.Tests.LocalServers.Servers;

/// <summary>
/// The wall clock of one process, which can be set while it runs; how fast time passes for it stays as it is. By <c>wall-clock.c</c>, which
/// stands between the process and its C library; libfaketime does the same for more, but Redis does not start with it and .NET loses its timers.
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

    /// <summary>How far it is before the true time.</summary>
    public TimeSpan Ahead { get; private set; }

    /// <summary>Sets it that much before (negative: behind) the true time, in whole seconds.</summary>
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
        using var compiler = Process.Start(new ProcessStartInfo(
            Installed.Find("cc")!, ["-shared", "-fPIC", "-O1", "-o", library, Path.Combine(AppContext.BaseDirectory, "Servers", "wall-clock.c")])
        { RedirectStandardError = true })!;
        var errors = compiler.StandardError.ReadToEnd();
        compiler.WaitForExit();
        return compiler.ExitCode == 0 ? library : throw new InvalidOperationException($"wall-clock.c cannot be compiled: {errors}");
    }
}
