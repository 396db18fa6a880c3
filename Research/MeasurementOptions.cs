using System.CommandLine;
using SecKill.Bench.Commands;

namespace SecKill.Research;

/// <summary>How each command measures.</summary>
internal sealed record MeasurementOptions : OwnServersOptions
{
    /// <summary>How often each measurement is made; figures are medians.</summary>
    public required int Rounds { get; init; }

    /// <summary>How long a measurement takes.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>How long a server is loaded before its first measurement.</summary>
    public required TimeSpan WarmUp { get; init; }

    /// <summary>Connections, kept alive, with one request at a time on each.</summary>
    public required int Connections { get; init; }
}

/// <summary>Those options on the command line.</summary>
internal sealed class MeasurementOptionSet(TimeSpan duration, TimeSpan warmUp)
{
    private readonly Option<TimeSpan?> _duration = WholeSeconds("--duration", "How long a measurement takes, in whole seconds.", duration);
    private readonly Option<TimeSpan?> _warmUp = WholeSeconds("--warmup", "How long a server is loaded before its first measurement, in whole seconds.", warmUp);
    private readonly Option<int> _rounds = SharedOptions.Count("--rounds", "How often each measurement is made; figures are medians.", 3);
    private readonly Option<int> _connections = SharedOptions.Count("--connections", "Connections, with one request at a time on each.", 128);
    private readonly Option<string?> _product = SharedOptions.Product();
    private readonly Option<string?> _json = SharedOptions.Json();

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _rounds, _duration, _warmUp, _connections, _product, _json })
            command.Options.Add(option);
    }

    /// <summary>What was given.</summary>
    public MeasurementOptions Read(ParseResult parsed) => new()
    {
        Rounds = parsed.GetValue(_rounds),
        Duration = parsed.GetValue(_duration) ?? duration,
        WarmUp = parsed.GetValue(_warmUp) ?? warmUp,
        Connections = parsed.GetValue(_connections),
        Product = parsed.GetValue(_product),
        Json = parsed.GetValue(_json),
    };

    // wrk takes no fractions.
    private static Option<TimeSpan?> WholeSeconds(string name, string description, TimeSpan preset)
    {
        var option = Durations.Option(name, description, $"{preset.TotalSeconds}s");
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<TimeSpan?>() is { } time && (time <= TimeSpan.Zero || time.Ticks % TimeSpan.TicksPerSecond != 0))
                result.AddError($"{name} must be one or more whole seconds.");
        });
        return option;
    }
}
