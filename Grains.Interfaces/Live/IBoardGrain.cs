namespace SecKill.Grains.Interfaces.Live;

/// <summary>Reads the sales of the whole cluster, on the silo on which the call arrives. Its key is 0.</summary>
public interface IBoardGrain : IGrainWithIntegerKey
{
    /// <summary>Asks all silos for their busiest sales; silos that do not answer are left out.</summary>
    /// <exception cref="UnavailableException">Redis cannot be reached.</exception>
    [AlwaysInterleave]
    [ResponseTimeout("00:00:05")]
    Task<BoardSnapshot> Read();
}
