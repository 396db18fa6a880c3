using Orleans.Concurrency;

namespace SecKill.Grains.Interfaces.Live;

/// <summary>Reads what is on sale in the whole cluster, on whichever silo the call arrives. Its key is 0.</summary>
public interface IBoardReader : IGrainWithIntegerKey
{
    /// <summary>Asks all silos for their busiest sales; one that does not answer is left out.</summary>
    /// <exception cref="UnavailableException">Redis cannot be reached.</exception>
    [AlwaysInterleave]
    [ResponseTimeout("00:00:05")]
    Task<BoardReading> Read();
}
