namespace SecKill.ServiceDefaults.HealthChecks;

/// <summary>
/// Probes a store with a write, at most once a second. Reports the kind of failure; the failure's message, which may name servers and
/// users, goes only to the log.
/// </summary>
/// <param name="probe">Makes a durable write.</param>
internal sealed partial class StoreCheck(string store, Func<CancellationToken, Task> probe, TimeProvider time, ILogger logger) : IHealthCheck
{
    /// <summary>The reason if a store answers but could not take a claim.</summary>
    public const string TakesNoWrites = "It takes no writes.";

    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(2);

    // Redis's error codes and MySQL's messages, which are part of their protocols, and of Redis' client the names of its failures.
    private static readonly (string Sign, string Reason)[] _reasons =
    [
        ("NOAUTH", "It refuses the user or the password."),
        ("WRONGPASS", "It refuses the user or the password."),
        ("AuthenticationFailure", "It refuses the user or the password."),
        ("Access denied", "It refuses the user or the password."),
        ("Unknown database", "It does not have the database."),
        ("Too many connections", "It has no connection free."),
        ("LOADING", "It is reading its data."),
        ("READONLY", TakesNoWrites),
        // Redis: no memory, no replica, no disk.
        ("OOM ", TakesNoWrites),
        ("NOREPLICAS", TakesNoWrites),
        ("MISCONF", TakesNoWrites),
        // MySQL, MariaDB and SQLite.
        ("read-only", TakesNoWrites),
        ("readonly", TakesNoWrites),
        ("is full", TakesNoWrites),
    ];

    private readonly OnceASecond<HealthCheckResult> _reading = new(() => AskAsync(store, probe, time, logger), time);

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => _reading.AnswerAsync();

    /// <summary>A failure in neutral words.</summary>
    public static string ReasonOf(Exception fault)
    {
        return Array.Find(_reasons, reason => fault.Message.Contains(reason.Sign, StringComparison.Ordinal)) is { Reason: { } known } ? known
            : fault is TimeoutException ? $"It has not answered for {_timeout.TotalSeconds} s."
            : "It cannot be reached, or does not answer.";
    }

    private static async Task<HealthCheckResult> AskAsync(string store, Func<CancellationToken, Task> probe, TimeProvider time, ILogger logger)
    {
        try
        {
            await probe(CancellationToken.None).WaitAsync(_timeout, time);
            return HealthCheckResult.Healthy();
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            LogNoAnswer(logger, store, fault.Message);
            return HealthCheckResult.Unhealthy(ReasonOf(fault));
        }
    }

    // The reason alone: the line comes each second while a store is away, and the stack is always the same.
    [LoggerMessage(EventIds.StoreNotReady, LogLevel.Warning, "Not ready: {Store} does not answer, or takes no writes. {Reason}")]
    private static partial void LogNoAnswer(ILogger logger, string store, string reason);
}
