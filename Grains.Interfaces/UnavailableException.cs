namespace SecKill.Grains.Interfaces;

/// <summary>
/// A dependency (Redis, SQL, a place in a bounded queue) is not available, so the outcome is unknown or the request was not tried. A
/// retry is safe. The gateway answers 503 with Retry-After.
/// It takes no inner exception: those of database drivers cannot travel from silo to gateway, and what arrived there
/// instead would be a fault of serialization. The cause belongs into the message.
/// </summary>
[GenerateSerializer]
public sealed class UnavailableException : Exception
{
    /// <summary>Says what is unavailable.</summary>
    /// <param name="message">As above.</param>
    /// <param name="isLasting">Whether it lasts until an operator follows the message.</param>
    public UnavailableException(string message, bool isLasting = false) : base(message) => IsLasting = isLasting;

    /// <summary>For serializers.</summary>
    public UnavailableException() { }

    /// <summary>Whether it lasts until an operator follows the message.</summary>
    [Id(0)]
    public bool IsLasting { get; private set; }
}
