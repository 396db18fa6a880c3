namespace SecKill.Grains.Interfaces.Stops;

/// <summary>
/// The operators' stops, kept in SQL. One grain (key 0), which pushes each change to all subscribed gateways and silos before it answers. One
/// that could not be told, or a grain that has just moved and has no subscribers yet, delays that by the interval at which they subscribe
/// again (2 s).
/// </summary>
public interface IStopGrain : IGrainWithIntegerKey
{
    /// <summary>Sets or lifts a stop, and tells every gateway and silo.</summary>
    /// <returns>All stops.</returns>
    /// <exception cref="UnavailableException">SQL cannot be reached; whether it took effect is not known.</exception>
    [ResponseTimeout("00:00:10")]
    Task<SaleStop[]> Change(SaleStop which, bool isStopped);

    /// <summary>All stops.</summary>
    /// <exception cref="UnavailableException">SQL cannot be reached.</exception>
    [AlwaysInterleave]
    [ResponseTimeout("00:00:10")]
    Task<SaleStop[]> Read();

    /// <summary>Subscribes for the next 30 s, and returns all stops; those last known, to the grain or the caller, while SQL cannot be reached.</summary>
    /// <exception cref="UnavailableException">SQL cannot be reached, and they are not known.</exception>
    [AlwaysInterleave]
    [ResponseTimeout("00:00:10")]
    Task<SaleStop[]> Subscribe(IStopObserver observer, SaleStop[]? known);
}

/// <summary>A gateway's or silo's end of it.</summary>
public interface IStopObserver : IGrainObserver
{
    /// <summary>From now on these are stopped, and no others.</summary>
    [ResponseTimeout("00:00:02")]
    Task Stopped(SaleStop[] stops);
}
