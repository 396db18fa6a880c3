using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SecKill.Grains.Claims;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Coupons;
using SecKill.Grains.Ledger;
using SecKill.Grains.Stock;
using StackExchange.Redis;

namespace SecKill.Grains.Audit;

/// <summary>
/// Notices a ledger that was put back to an earlier state, also for coupons that are not claimed any more. One silo of the cluster
/// looks, by a lease in Redis; it tells once of each change. What it finds is put right by the command <c>--repair</c>.
/// </summary>
public sealed partial class LedgerWatch(StockServer server, ILedger ledger, IOptions<CouponOptions> options, ILogger<LedgerWatch> logger) : BackgroundService
{
    private const int NamesLogged = 10;

    // The search for coupons that only Redis has looks at every key there, users' lists too.
    private const int SweepsPerSearch = 10;

    /// <summary>Between two pages, so that Redis serves claims meanwhile, however many coupons there are.</summary>
    private static readonly TimeSpan _pace = TimeSpan.FromMilliseconds(100);

    private readonly LedgerComparison _comparison = new(server, ledger);
    private readonly RedisValue _name = Guid.NewGuid().ToString("N");
    private readonly HashSet<CouponId> _told = [];
    private IReadOnlyList<CouponId> _lost = [];
    private volatile int _behindCount;
    private volatile int _lostCount;
    private int _sweeps;

    /// <summary>Coupons of which Redis knows claims that the ledger has lost; 0 where another silo looks.</summary>
    public int Behind => _behindCount;

    /// <summary>Coupons that Redis has and the ledger has lost; 0 where another silo looks.</summary>
    public int Lost => _lostCount;

    private TimeSpan Interval => options.Value.LedgerCheckInterval;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            using var timer = new PeriodicTimer(Interval);
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await TrySweepAsync(stoppingToken);
        }
        catch (OperationCanceledException)
        {
            // The silo stops.
        }
    }

    /// <summary>Looks once, if it is this silo's turn.</summary>
    /// <param name="paceAsync">Waited for after each page.</param>
    /// <exception cref="UnavailableException">Redis or SQL cannot be reached.</exception>
    internal async Task SweepAsync(Func<Task> paceAsync)
    {
        if (!await HasTurnAsync())
        {
            // Another silo tells.
            (_behindCount, _lostCount, _lost, _sweeps) = (0, 0, [], 0);
            _told.Clear();
            return;
        }
        var (behind, known) = await _comparison.BehindAsync(async () =>
        {
            await paceAsync();
            await HasTurnAsync();
        });
        if (_sweeps++ % SweepsPerSearch == 0)
            _lost = await _comparison.LostAsync(known, paceAsync);
        else
            _lost = await StillLostAsync();
        (_behindCount, _lostCount) = (behind.Count, _lost.Count);
        Tell(behind);
    }

    private async Task TrySweepAsync(CancellationToken stopping)
    {
        try
        {
            await SweepAsync(() => Task.Delay(_pace, stopping));
        }
        catch (Exception fault) when (fault is not (OperationCanceledException or OutOfMemoryException))
        {
            // No reason to end the silo.
            LogNotLooked(fault);
        }
    }

    /// <summary>Takes or keeps the lease. Two silos that look at once do no harm.</summary>
    private Task<bool> HasTurnAsync() => StockServer.Guard(async () =>
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
            if (await _comparison.IsLostAsync(id))
                still.Add(id);
        }
        return still;
    }

    private void Tell(IReadOnlyList<CouponId> behind)
    {
        var now = behind.Concat(_lost).ToHashSet();
        if (now.SetEquals(_told))
            return;
        if (now.Count == 0)
            LogWell();
        else
            LogFellBack(behind.Count, _lost.Count, string.Join(", ", now.Take(NamesLogged).Select(id => id.Key)) + (now.Count > NamesLogged ? ", …" : ""));
        _told.Clear();
        _told.UnionWith(now);
    }

    [LoggerMessage(LogLevel.Critical,
        "The ledger has fallen back: of {Behind} coupons Redis knows claims that it has lost, and {Lost} coupons it has lost altogether. The silo's command --repair writes back what Redis knows. They are {Coupons}.")]
    private partial void LogFellBack(int behind, int lost, string coupons);

    [LoggerMessage(LogLevel.Information, "The ledger has all that Redis knows again.")]
    private partial void LogWell();

    [LoggerMessage(LogLevel.Warning, "Whether the ledger has fallen back could not be looked at; it will be tried again.")]
    private partial void LogNotLooked(Exception fault);
}
