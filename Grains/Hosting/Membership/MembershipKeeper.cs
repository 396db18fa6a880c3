namespace SecKill.Grains.Hosting.Membership;

/// <summary>
/// Restores the membership table if Redis has lost it (wiped, restarted with an older file). Orleans does not: its silos would go on, but
/// deaths would go unnoticed, and the next silo would find an empty table and start a second cluster; gateways would then find no silo of
/// the first.
/// </summary>
/// <remarks>
/// The fault upstream is https://github.com/dotnet/orleans/issues/7784 (open; seen with 10.4): a silo whose row is gone retries for ever.
/// This class can go with a version that writes the row again and raises the table's version.
/// The table is one hash: a row a silo, and <c>Version</c>, which only grows (<c>RedisMembershipTable</c>). It was lost if our own row is
/// missing (dead silos keep theirs). It was rolled back if its version is below one this silo knows; the silo would then ignore all
/// updates. All rows last seen are restored at once: a silo missing from a table with a higher version ends itself.
/// </remarks>
internal sealed partial class MembershipKeeper(
    MembershipTable table, ILocalSiloDetails silo, IClusterMembershipService members, TimeProvider time, ILogger<MembershipKeeper> logger) : BackgroundService
{
    private const string VersionField = "Version";

    // Above any version that others may be writing now.
    private const int VersionStep = 100;

    // KEYS[1] the table   ARGV[1] the new version   ARGV[2…] names and values of rows
    // returns 1, or 0 if the table has that version or a later one: another silo was first
    private const string Restore = """
        if tonumber(redis.call('HGET', KEYS[1], 'Version') or '-1') >= tonumber(ARGV[1]) then return 0 end
        for i = 2, #ARGV, 2 do redis.call('HSETNX', KEYS[1], ARGV[i], ARGV[i + 1]) end
        redis.call('HSET', KEYS[1], 'Version', ARGV[1])
        return 1
        """;

    private static readonly TimeSpan _period = TimeSpan.FromSeconds(1);

    private readonly RedisValue _own = silo.SiloAddress.ToString();
    private HashEntry[] _seen = [];

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            await LookAsync();
    }

    private async Task LookAsync()
    {
        try
        {
            // Before the table is read, which may be ahead of it but not behind.
            var known = members.CurrentSnapshot.Version.Value;
            var rows = await table.ReadAsync();
            if (rows.Any(row => row.Name == _own))
            {
                _seen = rows;
                if (VersionOf(rows) < known)
                    await RestoreAsync(known + VersionStep);
            }
            else if (_seen.Length > 0)
            {
                await RestoreAsync(Math.Max(known, Math.Max(VersionOf(_seen), VersionOf(rows))) + VersionStep);
            }
        }
        catch (Exception fault) when (fault is RedisException or TimeoutException)
        {
            // Retried on the next tick; while Redis is down no silo joins either.
            LogNotRead(fault);
        }
    }

    private async Task RestoreAsync(long version)
    {
        var rows = _seen.Where(row => row.Name != VersionField).ToArray();
        RedisValue[] arguments = [version, .. rows.SelectMany(row => new[] { row.Name, row.Value })];
        if ((int)await table.Redis.ScriptEvaluateAsync(Restore, [table.Key], arguments, CommandFlags.DemandMaster) == 1)
            LogRestored(rows.Length);
    }

    private static long VersionOf(HashEntry[] rows) =>
        Array.Find(rows, row => row.Name == VersionField) is { Value.IsNull: false } version ? long.Parse((string)version.Value!, CultureInfo.InvariantCulture) : -1;

    [LoggerMessage(EventIds.TableRestored, LogLevel.Warning, "Redis had lost the table of the cluster's members, or has an older one; {Count} rows are put back.")]
    private partial void LogRestored(int count);

    [LoggerMessage(EventIds.TableUnreadable, LogLevel.Debug, "The table of the cluster's members could not be read.")]
    private partial void LogNotRead(Exception fault);
}
