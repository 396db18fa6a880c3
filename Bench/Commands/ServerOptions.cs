using System.CommandLine;
using SecKill.Bench.Scenarios;

namespace SecKill.Bench.Commands;

/// <summary>The options that tell which server is asked, and how one gets in.</summary>
internal sealed class ServerOptions
{
    // Longer than any run, so that no token expires in one.
    private static readonly TimeSpan _tokenLifetime = TimeSpan.FromDays(1);
    private static readonly ScenarioOptions _defaults = new();

    /// <summary>The variable with the address of the server that is meant, as a local cluster hands it on in its <c>cluster.env</c>.</summary>
    public const string Variable = "SECKILL_URL";

    private readonly Option<string[]> _urls = new("--url")
    {
        Description = $"A gateway. Give it several times to spread the connections over several. Without it the environment variable {Variable} tells.",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } url ? [url] : [.. _defaults.Urls],
    };

    private readonly Option<int> _connections;

    private readonly Option<TimeSpan?> _timeout = Durations.Option("--timeout", "After how long without an answer a request is given up.", "10s");

    private readonly SigningOptions _signing = new();

    /// <summary>With a default number of connections.</summary>
    public ServerOptions(int connections = 128) =>
        _connections = Counts.Option("--connections", "How many connections there are, with one request in flight each.", connections, highest: 100_000);

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_urls);
        command.Options.Add(_connections);
        command.Options.Add(_timeout);
        _signing.AddTo(command);
    }

    /// <summary>What was given.</summary>
    /// <exception cref="BenchException">The signing key cannot be read.</exception>
    public ScenarioOptions Read(ParseResult parsed) => new()
    {
        Urls = parsed.GetValue(_urls)!,
        Connections = parsed.GetValue(_connections),
        Timeout = parsed.GetValue(_timeout) ?? _defaults.Timeout,
        Tokens = _signing.Read(parsed, _tokenLifetime),
    };
}
