using System.CommandLine;
using SecKill.Bench.Scenarios;

namespace SecKill.Bench.Commands;

/// <summary>The options of which server is asked, and how to log in.</summary>
internal sealed class ServerOptions
{
    // Longer than any run, so that no token expires in one.
    private static readonly TimeSpan _tokenLifetime = TimeSpan.FromDays(1);
    private static readonly ScenarioOptions _defaults = new();

    /// <summary>The variable with the server's address; <c>cluster.env</c> of a local cluster sets it.</summary>
    public const string Variable = "SECKILL_URL";

    private readonly Option<string[]> _urls = new("--url")
    {
        Description = $"A gateway. Give it several times to spread the connections over several. Without it, the environment variable {Variable}.",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } url ? [url] : [.. _defaults.Urls],
    };

    private readonly Option<int> _connections;

    private readonly Option<TimeSpan?> _timeout = Durations.Option("--timeout", "The time after which a request without an answer is given up.", "10s");

    private readonly SigningOptions _signing = new();

    /// <summary>With a default number of connections.</summary>
    public ServerOptions(int connections = 128) =>
        _connections = SharedOptions.Count("--connections", "How many connections there are, with one request in flight each.", connections, highest: 100_000);

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
