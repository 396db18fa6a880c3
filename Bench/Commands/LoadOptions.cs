using System.CommandLine;
using System.CommandLine.Parsing;
using SecKill.Bench.Scenarios;

namespace SecKill.Bench.Commands;

/// <summary>The options that all commands with load have in common.</summary>
internal sealed class LoadOptions
{
    // Longer than any run, so that no token expires in one.
    private static readonly TimeSpan _tokenLifetime = TimeSpan.FromDays(1);
    private static readonly ScenarioOptions _defaults = new();

    private readonly Option<string[]> _urls = new("--url")
    {
        Description = "A gateway. Give it several times to spread the connections over several.",
        DefaultValueFactory = _ => [.. _defaults.Urls],
    };

    private readonly Option<int> _connections = new("--connections")
    {
        Description = "How many connections there are, with one request in flight each.",
        DefaultValueFactory = _ => _defaults.Connections,
    };

    private readonly Option<TimeSpan> _timeout = new("--timeout")
    {
        Description = "After how long without an answer a request is given up.",
        DefaultValueFactory = _ => _defaults.Timeout,
        CustomParser = Durations.Parse,
    };

    private readonly Option<int> _users = new("--users")
    {
        Description = "Without a signing key: how many users register beforehand. Each comes once.",
        DefaultValueFactory = _ => _defaults.Users,
    };

    private readonly SigningOptions _signing = new();

    /// <summary>The default duration, readable in help.</summary>
    public Option<TimeSpan> Duration { get; } = new("--duration")
    {
        Description = "For how long to measure: 10s, 500ms, 2m, or plain seconds.",
        DefaultValueFactory = _ => _defaults.Duration,
        CustomParser = Durations.Parse,
    };

    private readonly Option<long?> _requests = new("--requests") { Description = "Stop after so many requests, warm-up included, instead of after a duration." };

    private readonly Option<TimeSpan?> _warmup = new("--warmup")
    {
        Description = "For how long to make requests before they are measured. Default: 2s, or none with --requests.",
        CustomParser = result => Durations.Parse(result),
    };

    private readonly Option<double?> _rate = new("--rate")
    {
        Description = "Requests a second, on a fixed schedule (open loop). Without it, each connection asks again when it was answered (closed loop).",
    };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _urls, _connections, Duration, _requests, _warmup, _rate, _timeout, _users })
            command.Options.Add(option);
        _signing.AddTo(command);
        _connections.Validators.Add(AtLeast(1, 100_000));
        _users.Validators.Add(AtLeast(1, 1_000_000));
        _requests.Validators.Add(AtLeast(1, long.MaxValue));
        _rate.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && result.GetValueOrDefault<double?>() is not > 0)
                result.AddError("--rate must be above 0.");
        });
        command.Validators.Add(result =>
        {
            if (result.GetResult(_requests) is { Implicit: false } && result.GetResult(Duration) is { Implicit: false })
                result.AddError("Give --requests or --duration, not both.");
        });
    }

    /// <summary>What was given.</summary>
    /// <exception cref="BenchException">The signing key cannot be read.</exception>
    public ScenarioOptions Read(ParseResult parsed)
    {
        var requests = parsed.GetValue(_requests);
        return new ScenarioOptions
        {
            Urls = parsed.GetValue(_urls)!,
            Connections = parsed.GetValue(_connections),
            Duration = parsed.GetValue(Duration),
            Requests = requests,
            Warmup = parsed.GetValue(_warmup) ?? (requests is null ? _defaults.Warmup : TimeSpan.Zero),
            Rate = parsed.GetValue(_rate),
            Timeout = parsed.GetValue(_timeout),
            Users = parsed.GetResult(_users) is not { Implicit: false } && requests is { } count ? (int)Math.Min(count, 1_000_000) : parsed.GetValue(_users),
            Tokens = _signing.Read(parsed, _tokenLifetime),
        };
    }

    /// <summary>An option that counts something.</summary>
    public static Option<int> Count(string name, string description, int value)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => value };
        option.Validators.Add(AtLeast(1, int.MaxValue));
        return option;
    }

    private static Action<OptionResult> AtLeast(long lowest, long highest) => result =>
    {
        if (result.Tokens.Count > 0 && long.TryParse(result.Tokens[^1].Value, out var value) && (value < lowest || value > highest))
            result.AddError(highest is int.MaxValue or long.MaxValue ? $"{result.Option.Name} must be at least {lowest}." : $"{result.Option.Name} must be from {lowest} to {highest}.");
    };
}
