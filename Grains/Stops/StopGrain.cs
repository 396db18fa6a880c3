using SecKill.Grains.Interfaces.Stops;

namespace SecKill.Grains.Stops;

/// <inheritdoc cref="IStopGrain"/>
/// <remarks>SQL before members: one that subscribes after the commit reads it.</remarks>
internal sealed partial class StopGrain(ILedger ledger, TimeProvider time, ILogger<StopGrain> logger) : Grain, IStopGrain
{
    private const int PushAttempts = 2;

    // The only role that sets stops; one key for all operators.
    private const string Actor = "operator";

    private static readonly TimeSpan _lifetime = TimeSpan.FromSeconds(30);

    private readonly long _start = time.GetTimestamp();

    /// <summary>Until when each is subscribed, by the monotonic clock.</summary>
    private readonly Dictionary<IStopObserver, TimeSpan> _members = [];

    // As SQL had them last; and what members knew while it has not been read by this activation.
    private SaleStop[]? _known;
    private HashSet<SaleStop>? _reported;
    private int _changes;

    private TimeSpan Now => time.GetElapsedTime(_start);

    public async Task<SaleStop[]> Change(SaleStop which, bool isStopped)
    {
        await ledger.SetStopAsync(which, isStopped, Actor);
        var stops = await Read();
        (_known, _changes) = (stops, _changes + 1);
        Prune();
        await Task.WhenAll(_members.Keys.ToArray().Select(member => PushAsync(member, stops)));
        return stops;
    }

    public async Task<SaleStop[]> Read() => [.. await ledger.StopsAsync()];

    public async Task<SaleStop[]> Subscribe(IStopObserver observer, SaleStop[]? known)
    {
        // Before the read: one that is set meanwhile arrives by a push too.
        _members[observer] = Now + _lifetime;
        Prune();
        var changes = _changes;
        try
        {
            var stops = await Read();
            if (changes == _changes)
                _known = stops;
            return stops;
        }
        catch (UnavailableException) when (_known is not null || known is not null || _reported is not null)
        {
            // The grain has moved, perhaps, so members are told what any of them knows. To lift a stop takes SQL.
            if (known is not null)
                (_reported ??= []).UnionWith(known);
            return _known ?? [.. _reported!];
        }
    }

    private async Task PushAsync(IStopObserver member, SaleStop[] stops)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await member.Stopped(stops);
                return;
            }
            catch (TimeoutException) when (attempt < PushAttempts)
            {
                // Busy, perhaps; a second push does no harm.
            }
            catch (Exception fault) when (fault is TimeoutException or OrleansException)
            {
                // Gone, most likely. If it lives, it subscribes again.
                _members.Remove(member);
                LogNotPushed(fault);
                return;
            }
        }
    }

    private void Prune()
    {
        foreach (var (member, until) in _members.ToArray())
        {
            if (until < Now)
                _members.Remove(member);
        }
    }

    [LoggerMessage(EventIds.StopNotPushed, LogLevel.Warning, "A gateway or silo did not take note of a stop; it will when it subscribes again.")]
    private partial void LogNotPushed(Exception fault);
}
