using System.Collections.Concurrent;
using SecKill.ServiceDefaults.Stops;

namespace SecKill.Gateway.Claims;

/// <summary>
/// Answers claims: by the refusal lease, or by a call through the channel of the coupon or of its silo. Bounds the number of claims
/// that wait, in all and for one coupon.
/// </summary>
internal sealed class ClaimChannels(IGrainFactory grains, IOptions<ClaimOptions> options, KnownStops stops, TimeProvider clock, ILogger<ClaimChannels> logger)
    : BackgroundService
{
    private static readonly TimeSpan _sweepPeriod = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<CouponId, CouponChannel> _coupons = new();
    private readonly ConcurrentDictionary<string, SiloChannel> _silos = new();
    private int _waiting;

    /// <summary>The coupons that are claimed at present.</summary>
    public IEnumerable<CouponChannel> Coupons => _coupons.Select(coupon => coupon.Value);

    /// <summary>How many claims wait for their answer.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>How many claims may wait for one coupon: half of all, so that a slow coupon does not keep out the others.</summary>
    public int MaxWaitingPerCoupon { get; } = options.Value.MaxWaiting / 2;

    /// <summary>Whether the channels' counts are reported, so that a channel must not be closed with counts.</summary>
    public bool AreCountsReported { get; set; }

    public ClaimOptions Options { get; } = options.Value;
    public TimeProvider Clock => clock;
    public IGrainFactory Grains => grains;
    public ILogger Logger => logger;

    /// <summary>What operators have stopped.</summary>
    public KnownStops Stops => stops;

    /// <summary>Claims a unit for a user. Never throws for want of a silo; such a claim is undecided.</summary>
    public ValueTask<ClaimOutcome> ClaimAsync(CouponId coupon, string customer)
    {
        if (_coupons.TryGetValue(coupon, out var channel) && channel.RefusalFor(customer) is { } refusal)
        {
            GatewayMetrics.LeaseRefusals.Add();
            channel.Counts.Add(refusal);
            return ValueTask.FromResult(refusal);
        }
        // First of all: while the gateway is full, made-up names must not make channels.
        if (Interlocked.Increment(ref _waiting) > Options.MaxWaiting)
            return Refuse(channel, GatewayLimit.ClaimsWaiting);
        while (true)
        {
            channel = _coupons.GetOrAdd(coupon, static (id, self) => new CouponChannel(id, self), this);
            if (!channel.TryEnter())
                return Refuse(channel, GatewayLimit.CouponWaiting);
            if (channel.TrySend(customer, out var outcome))
                return new ValueTask<ClaimOutcome>(outcome);
            // Closed since it was found.
            _coupons.TryRemove(KeyValuePair.Create(coupon, channel));
        }
    }

    /// <summary>How long it is until the start of a coupon's sale, for a claim that was just refused for that.</summary>
    public TimeSpan StartsIn(CouponId coupon) => _coupons.TryGetValue(coupon, out var channel) ? channel.StartsIn : TimeSpan.Zero;

    /// <summary>The place in line of a customer whose claim was just answered so, as last heard; null where the channel was closed since.</summary>
    public long? PlaceOf(CouponId coupon, string customer) => _coupons.TryGetValue(coupon, out var channel) ? channel.PlaceOf(customer) : null;

    /// <summary>Whether a lease allows to answer a customer without a call that the coupon's waiting list is full.</summary>
    public bool IsFullFor(CouponId coupon, string customer) => _coupons.TryGetValue(coupon, out var channel) && channel.IsFullFor(customer);

    /// <summary>The stamp of the filter that is known of a coupon, for a call with joins; null if there is none.</summary>
    public FilterStamp? KnownOf(CouponId coupon) => _coupons.TryGetValue(coupon, out var channel) ? channel.KnownStamp : null;

    /// <summary>Takes over the lease of a reply to joins; a call that was sent then.</summary>
    public void Learn(CouponId coupon, RefusalLease granted, long sent) =>
        _coupons.GetOrAdd(coupon, static (id, self) => new CouponChannel(id, self), this).Learn(granted, sent);

    /// <summary>Gives places back: these claims are answered.</summary>
    public void Release(int claims) => Interlocked.Add(ref _waiting, -claims);

    public SiloChannel ToSilo(string silo) => _silos.GetOrAdd(silo, static (address, self) => new SiloChannel(address, self), this);

    /// <summary>Closes channels that are not used: those of names that callers make up, and of silos that are gone.</summary>
    internal void Sweep()
    {
        foreach (var coupon in _coupons)
        {
            if (coupon.Value.TryClose())
                _coupons.TryRemove(coupon);
        }
        foreach (var silo in _silos)
        {
            if (silo.Value.TryClose())
                _silos.TryRemove(silo);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_sweepPeriod, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            Sweep();
    }

    private ValueTask<ClaimOutcome> Refuse(CouponChannel? channel, GatewayLimit limit)
    {
        Release(1);
        GatewayMetrics.Rejected.Add(limit);
        channel?.Counts.Add(ClaimOutcome.Undecided);
        return ValueTask.FromResult(ClaimOutcome.Undecided);
    }
}
