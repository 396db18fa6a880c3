using System.CommandLine;
using SecKill.Bench.Scenarios;

namespace SecKill.Bench.Commands;

/// <summary>The options of how much load there is, and for how long.</summary>
internal sealed class LoadOptions
{
    private const int MostUsers = 1_000_000;
    private static readonly ScenarioOptions _defaults = new();

    private readonly ServerOptions _server = new();

    private readonly Option<TimeSpan?> _duration = Durations.Option("--duration", "How long to measure: 10s, 500ms, 2m, or plain seconds.", "10s");

    private readonly Option<long?> _requests =
        new Option<long?>("--requests") { Description = "Stop after so many requests, warm-up included, instead of after a duration." }.Within(1, long.MaxValue);

    private readonly Option<TimeSpan?> _warmup =
        Durations.Option("--warmup", "How long to make requests before they are measured.", "2s, or none with --requests");

    private readonly Option<double?> _rate = new Option<double?>("--rate")
    {
        Description = "Requests a second, on a fixed schedule (open loop). Without it, each connection asks again when it was answered (closed loop).",
    }.Within(0.001, 10_000_000);

    private readonly Option<int?> _users = new Option<int?>("--users")
    {
        Description = $"Without a signing key: how many users register beforehand. [default: {_defaults.Users}, or as many as --requests]",
    }.Within(1, MostUsers);

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _duration, _requests, _warmup, _rate, _users })
            command.Options.Add(option);
        _server.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetResult(_requests) is { Implicit: false } && result.GetResult(_duration) is { Implicit: false })
                result.AddError("Give --requests or --duration, not both.");
        });
    }

    /// <summary>What was given.</summary>
    /// <exception cref="BenchException">The signing key cannot be read.</exception>
    public ScenarioOptions Read(ParseResult parsed)
    {
        var requests = parsed.GetValue(_requests);
        return _server.Read(parsed) with
        {
            Duration = requests is null ? parsed.GetValue(_duration) ?? _defaults.Duration : null,
            Requests = requests,
            Warmup = parsed.GetValue(_warmup) ?? (requests is null ? _defaults.Warmup : TimeSpan.Zero),
            Rate = parsed.GetValue(_rate),
            Users = parsed.GetValue(_users) ?? (int)Math.Min(requests ?? _defaults.Users, MostUsers),
        };
    }
}
