using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using SecKill.Gateway.Telemetry;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Coupons;

namespace SecKill.Gateway.Claims;

/// <summary>
/// Sends claims on their way, a lane a coupon. A lane also keeps the sold-out lease, under which losers are refused right here.
/// </summary>
internal sealed class ClaimLanes(ClaimRoutes routes, IOptions<ClaimOptions> options) : BackgroundService
{
    private static readonly TimeSpan _sweepEvery = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<CouponId, ClaimLane> _lanes = new();
    private readonly ClaimOptions _options = options.Value;
    private int _waiting;

    /// <summary>How many claims are on their way.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Those of the coupons that are claimed at the moment.</summary>
    public IEnumerable<ClaimLane> All => _lanes.Select(lane => lane.Value);

    /// <summary>Whether somebody takes the lanes' counts from time to time.</summary>
    public bool AreReported { get; set; }

    /// <summary>Claims a piece for a user. Never throws; what cannot be decided is undecided.</summary>
    public async Task<ClaimOutcome> ClaimAsync(CouponId coupon, string user)
    {
        if (_lanes.TryGetValue(coupon, out var lane) && lane.SurelySoldOutFor(user))
        {
            GatewayMetrics.LeaseRefusals.Add();
            lane.Answers.Add(ClaimOutcome.SoldOut);
            return ClaimOutcome.SoldOut;
        }
        if (Interlocked.Increment(ref _waiting) > _options.MaxWaiting)
        {
            Interlocked.Decrement(ref _waiting);
            GatewayMetrics.Rejected.Add(GatewayLimit.ClaimsWaiting);
            lane?.Answers.Add(ClaimOutcome.Undecided);
            return ClaimOutcome.Undecided;
        }
        try
        {
            while (true)
            {
                lane = _lanes.GetOrAdd(coupon, static (id, self) => self.NewLane(id), this);
                if (!lane.TryEnter())
                {
                    GatewayMetrics.Rejected.Add(GatewayLimit.CouponWaiting);
                    lane.Answers.Add(ClaimOutcome.Undecided);
                    return ClaimOutcome.Undecided;
                }
                try
                {
                    if (lane.TryAdd(user, out var deciding))
                    {
                        var outcome = await deciding;
                        lane.Answers.Add(outcome);
                        return outcome;
                    }
                }
                finally
                {
                    lane.Leave();
                }
                // Retired between the two lines; the next one is a new one.
                _lanes.TryRemove(KeyValuePair.Create(coupon, lane));
            }
        }
        catch (UnavailableException)
        {
            // Of the route: as many wait on it as may in all.
            GatewayMetrics.Rejected.Add(GatewayLimit.ClaimsWaiting);
            lane?.Answers.Add(ClaimOutcome.Undecided);
            return ClaimOutcome.Undecided;
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    /// <summary>Removes lanes that nobody uses, so that names made up by callers do not pile up.</summary>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_sweepEvery);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                foreach (var lane in _lanes)
                {
                    if (lane.Value.TryRetire(AreReported))
                        _lanes.TryRemove(lane);
                }
                routes.Sweep();
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }

    private ClaimLane NewLane(CouponId coupon) =>
        new(coupon, routes.ToCoupon(coupon), routes.SendToSilo, _options.MaxWaiting / 2, TimeProvider.System);
}
