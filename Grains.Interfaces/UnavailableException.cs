namespace SecKill.Grains.Interfaces;

/// <summary>
/// Something the answer depends on (Redis, SQL, a free place in a bounded queue) is not to be had now, so the outcome
/// is not known or was not tried. A retry is safe. The gateway answers 503 with Retry-After.
/// It takes no inner exception: those of database drivers cannot travel from silo to gateway, and what arrived there
/// instead would be a fault of serialization. The cause belongs into the message.
/// </summary>
[GenerateSerializer]
public sealed class UnavailableException : Exception
{
    /// <summary>Says what is unavailable.</summary>
    public UnavailableException(string message) : base(message) { }

    /// <summary>For serializers.</summary>
    public UnavailableException() { }
}
