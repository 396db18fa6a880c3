using SecKill.Bench.Http;

namespace SecKill.Bench.Load;

/// <summary>
/// What one connection does: it makes requests, one after the other, and hears what became of each. A scenario has a visitor a
/// connection, called by one thread at a time. All of its time between requests is the server's, so it should need little.
/// </summary>
internal abstract class Visitor
{
    /// <summary>The next request, made by <see cref="TryPrepare"/>.</summary>
    public RequestBuffer Request { get; } = new();

    /// <summary>Which of the scenario's operations the request is.</summary>
    public int Operation { get; protected set; }

    /// <summary>When the request is to be sent, on the <see cref="Clock"/>. 0: at once. The engine proposes a time before each request.</summary>
    public long Due { get; set; }

    /// <summary>Makes the next request, well before its time counts. False: this visitor is through.</summary>
    public abstract bool TryPrepare();

    /// <summary>It is sent now.</summary>
    public virtual void Sending()
    {
    }

    /// <summary>It was answered.</summary>
    public abstract void Answered(in Answer answer);

    /// <summary>It was sent, perhaps, and no answer came.</summary>
    public abstract void Lost();
}
