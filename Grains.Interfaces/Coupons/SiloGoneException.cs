namespace SecKill.Grains.Interfaces.Coupons;

/// <summary>
/// A call to a grain that belongs to one silo: that silo is no active member of the cluster. Nothing was done by the call, so it is safe to
/// ask elsewhere.
/// </summary>
[GenerateSerializer]
public sealed class SiloGoneException : Exception
{
    /// <summary>Names the silo.</summary>
    public SiloGoneException(string message) : base(message) { }

    /// <summary>For serializers.</summary>
    public SiloGoneException() { }
}
