namespace SecKill.Grains.Hosting.Placement;

/// <summary>
/// A grain that belongs to one silo: its key is the silo's address, see <see cref="ClaimReply.Silo"/>. Where that silo is gone it is
/// activated on another one, to say so and to end.
/// </summary>
[OnNamedSilo]
public abstract class SiloGrain : Grain
{
    private readonly bool _isOnItsSilo;

    /// <summary>Compares the key with the silo.</summary>
    /// <param name="silo">On which it is activated.</param>
    protected SiloGrain(ILocalSiloDetails silo)
    {
        ArgumentNullException.ThrowIfNull(silo);
        _isOnItsSilo = this.GetPrimaryKeyString() == silo.SiloAddress.ToParsableString();
    }

    /// <summary>To be called first by each method.</summary>
    /// <exception cref="SiloGoneException">The silo of the key is no active member of the cluster. Nothing was done.</exception>
    protected void ThrowIfSiloGone()
    {
        if (_isOnItsSilo)
            return;
        DeactivateOnIdle();
        throw new SiloGoneException($"No silo {this.GetPrimaryKeyString()} in the cluster.");
    }
}
