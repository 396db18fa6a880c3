using System.Diagnostics.Metrics;
using SecKill.Grains.Interfaces.Coupons;
using SecKill.Grains.Interfaces.Stops;
using SecKill.ServiceDefaults.Telemetry;

namespace SecKill.ServiceDefaults.Stops;

/// <summary>
/// The operators' stops as this gateway or silo knows them: pushed at once, and asked for at short intervals in case the grain has moved, or
/// the push was lost. Both kinds of members look, so that one that was told is enough.
/// </summary>
internal sealed partial class KnownStops(IGrainFactory grains, TimeProvider time, ILogger<KnownStops> logger) : BackgroundService, IStopObserver
{
    private static readonly TimeSpan _askEvery = TimeSpan.FromSeconds(2);

    private static readonly KeyValuePair<string, object?> _ofCoupon = new("scope", "coupon");
    private static readonly KeyValuePair<string, object?> _ofSeller = new("scope", "seller");
    private static readonly KeyValuePair<string, object?> _ofAll = new("scope", "all");

    private volatile HashSet<SaleStop> _stops = [];
    private volatile TaskCompletionSource _changed = NewChange();
    private IStopObserver? _self;
    private int _pushes;
    private bool _isRead;

    /// <summary>Ends when the stops are next others. To be read before the stops themselves, so that no change is missed.</summary>
    public Task Changed => _changed.Task;

    /// <summary>Whether anything is stopped at all.</summary>
    public bool Any => _stops.Count > 0;

    /// <summary>Whether no unit of a coupon may be won.</summary>
    public bool Covers(CouponId coupon) => _stops is { Count: > 0 } stops
        && (stops.Contains(SaleStop.All) || stops.Contains(SaleStop.Of(coupon.Seller)) || stops.Contains(SaleStop.Of(coupon)));

    /// <summary>As <see cref="Covers(CouponId)"/>, by the coupon's <see cref="CouponId.Key"/>.</summary>
    public bool Covers(string coupon) => Any && Covers(CouponId.Parse(coupon));

    /// <summary>What a sale is at, with the stops, of which its stock does not know.</summary>
    /// <param name="coupon">Which.</param>
    /// <param name="state">By the stock; null for a coupon that has no state of its own.</param>
    public SaleState? Seen(CouponId coupon, SaleState? state) =>
        state is null or SaleState.SoldOut or SaleState.Open && Covers(coupon) ? SaleState.Paused : state;

    /// <summary>How many there are of each scope, for the gauge <see cref="SecKillMeter.Stops"/>.</summary>
    public Measurement<int>[] Count()
    {
        var stops = _stops;
        var (all, sellers) = (stops.Contains(SaleStop.All) ? 1 : 0, stops.Count(stop => stop is { Seller: not "", Coupon: "" }));
        return [new(stops.Count - all - sellers, _ofCoupon), new(sellers, _ofSeller), new(all, _ofAll)];
    }

    /// <inheritdoc/>
    public Task Stopped(SaleStop[] stops)
    {
        _pushes++;
        Learn(stops);
        return Task.CompletedTask;
    }

    /// <summary>Reads them before a gateway listens.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        _self = grains.CreateObjectReference<IStopObserver>(this);
        using var timer = new PeriodicTimer(_askEvery, time);
        while (!await TryReadAsync(cancellationToken))
            await timer.WaitForNextTickAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_askEvery, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            await TryReadAsync(stoppingToken);
    }

    private void Learn(SaleStop[] stops)
    {
        var isNews = !_stops.SetEquals(stops);
        _stops = [.. stops];
        if (isNews)
            Interlocked.Exchange(ref _changed, NewChange()).SetResult();
    }

    private static TaskCompletionSource NewChange() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task<bool> TryReadAsync(CancellationToken stopping)
    {
        var pushes = _pushes;
        try
        {
            var stops = await grains.GetGrain<IStopGrain>(0).Subscribe(_self!, _isRead ? [.. _stops] : null).WaitAsync(stopping);
            // A push meanwhile is later.
            if (pushes == _pushes)
                Learn(stops);
            _isRead = true;
            return true;
        }
        catch (Exception fault) when (!stopping.IsCancellationRequested)
        {
            LogNotRead(fault);
            return false;
        }
    }

    [LoggerMessage(EventIds.StopsNotRead, LogLevel.Warning, "Could not read the operators' stops; retrying")]
    private partial void LogNotRead(Exception fault);
}
