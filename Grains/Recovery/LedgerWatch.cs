using SecKill.Grains.Claims;

namespace SecKill.Grains.Recovery;

/// <summary>
/// Detects a rolled-back ledger, also for coupons without claims. One silo of the cluster checks, by a lease in Redis, and logs each change
/// once. The command <c>--repair</c> puts it right.
/// </summary>
internal sealed partial class LedgerWatch(
    StockServer server, Auditor auditor, IOptions<CouponOptions> options, TimeProvider time, ILogger<LedgerWatch> logger) : BackgroundService
{
    private const int NamesLogged = 10;

    // The search for coupons that only Redis has reads every key there, users' lists too.
    private const int SweepsPerSearch = 10;

    // Between two pages, so that Redis serves claims meanwhile, however many coupons there are.
    private static readonly TimeSpan _pace = TimeSpan.FromMilliseconds(100);

    private readonly RedisValue _name = Guid.NewGuid().ToString("N");
    private readonly HashSet<CouponId> _logged = [];
    private volatile IReadOnlyList<CouponId> _lost = [];
    private volatile int _behind;
    private int _sweeps;

    /// <summary>Coupons of which Redis knows claims that the ledger has lost; 0 where another silo looks.</summary>
    public int Behind => _behind;

    /// <summary>Coupons that Redis has and the ledger has lost; 0 where another silo looks.</summary>
    public int Lost => _lost.Count;

    private TimeSpan Interval => options.Value.LedgerCheckInterval;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            await TrySweepAsync(stoppingToken);
    }

    /// <summary>Looks once, if this silo holds the lease; awaits the pace after each page.</summary>
    /// <exception cref="UnavailableException">Redis or SQL cannot be reached.</exception>
    internal async Task SweepAsync(Func<Task> paceAsync)
    {
        if (!await HoldsLeaseAsync())
        {
            (_behind, _lost, _sweeps) = (0, [], 0);
            _logged.Clear();
            return;
        }
        var searches = _sweeps % SweepsPerSearch == 0;
        var gaps = await auditor.FindGapsAsync(searches, async () =>
        {
            await paceAsync();
            await HoldsLeaseAsync();
        });
        // Not before: a sweep that failed must not use up the turn of a search.
        _sweeps++;
        _lost = searches ? gaps.Lost : await StillLostAsync();
        _behind = gaps.Behind.Count;
        Log(gaps.Behind);
    }

    private async Task TrySweepAsync(CancellationToken stopping)
    {
        try
        {
            await SweepAsync(() => Task.Delay(_pace, time, stopping));
        }
        catch (Exception fault) when (fault is not OutOfMemoryException && !stopping.IsCancellationRequested)
        {
            // Not fatal for the silo.
            LogFailed(fault);
        }
    }

    /// <summary>Takes or keeps the lease. Two silos that look at once do no harm.</summary>
    private Task<bool> HoldsLeaseAsync() => StockServer.Guard(async () =>
    {
        var redis = server.Database;
        if (await redis.StringSetAsync(StockKeys.LedgerWatch, _name, 2 * Interval, When.NotExists, CommandFlags.DemandMaster))
            return true;
        return await redis.StringGetAsync(StockKeys.LedgerWatch, CommandFlags.DemandMaster) == _name
            && await redis.KeyExpireAsync(StockKeys.LedgerWatch, 2 * Interval, flags: CommandFlags.DemandMaster);
    });

    private async Task<IReadOnlyList<CouponId>> StillLostAsync()
    {
        var still = new List<CouponId>();
        foreach (var id in _lost)
        {
            if (await auditor.IsLostAsync(id))
                still.Add(id);
        }
        return still;
    }

    private void Log(IReadOnlyList<CouponId> behind)
    {
        var now = behind.Concat(_lost).ToHashSet();
        if (now.SetEquals(_logged))
            return;
        if (now.Count == 0)
            LogComplete();
        else
            LogFellBack(behind.Count, _lost.Count, string.Join(", ", now.Take(NamesLogged).Select(id => id.Key)) + (now.Count > NamesLogged ? ", …" : ""));
        _logged.Clear();
        _logged.UnionWith(now);
    }

    [LoggerMessage(EventIds.LedgerFellBack, LogLevel.Critical,
        "The ledger has fallen back: of {Behind} coupons Redis knows claims that it has lost, and {Lost} coupons it has lost altogether. The silo's command --repair writes back what Redis knows. They are {Coupons}.")]
    private partial void LogFellBack(int behind, int lost, string coupons);

    [LoggerMessage(EventIds.LedgerComplete, LogLevel.Information, "The ledger has all that Redis knows again.")]
    private partial void LogComplete();

    [LoggerMessage(EventIds.LedgerNotCompared, LogLevel.Warning, "Could not compare the ledger with Redis; retrying.")]
    private partial void LogFailed(Exception fault);
}
