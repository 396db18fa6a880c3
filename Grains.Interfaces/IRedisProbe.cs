namespace SecKill.Grains.Interfaces;

/// <summary>Tells gateways, which have no connection to the stock, whether its Redis accepts writes. Any silo can; the key is 0.</summary>
public interface IRedisProbe : IGrainWithIntegerKey
{
    /// <summary>Writes a few bytes, and waits until they are on disk.</summary>
    /// <exception cref="UnavailableException">Redis refused, or did not answer.</exception>
    [AlwaysInterleave]
    [ResponseTimeout("00:00:02")]
    Task Probe();
}
