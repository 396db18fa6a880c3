namespace SecKill.Grains.Interfaces;

/// <summary>
/// Something the answer depends on (Redis, SQL, a free place in a bounded queue) is not to be had now, so the outcome
/// is not known or was not tried. A retry is safe. The gateway answers 503 with Retry-After.
/// </summary>
[GenerateSerializer]
public sealed class UnavailableException : Exception
{
    /// <summary>Says what is unavailable.</summary>
    public UnavailableException(string message) : base(message) { }

    /// <summary>Says what is unavailable, and why.</summary>
    public UnavailableException(string message, Exception innerException) : base(message, innerException) { }

    /// <summary>For serializers.</summary>
    public UnavailableException() { }
}
