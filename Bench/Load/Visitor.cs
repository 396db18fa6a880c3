using SecKill.Bench.Http;

namespace SecKill.Bench.Load;

/// <summary>
/// What a connection does: it makes requests one after the other and handles each result. One visitor a connection, called by one
/// thread at a time. Its time between requests is taken from the server, so keep it short.
/// </summary>
internal abstract class Visitor
{
    /// <summary>The next request, made by <see cref="TryPrepare"/>.</summary>
    public RequestBuffer Request { get; } = new();

    /// <summary>Which of the scenario's operations the request is.</summary>
    public int Operation { get; protected set; }

    /// <summary>When the request is to be sent, on the <see cref="Clock"/>. 0: at once. The engine proposes a time before each request.</summary>
    public long Due { get; set; }

    /// <summary>Makes the next request, before its time counts. False: this visitor is done.</summary>
    public abstract bool TryPrepare();

    /// <summary>The request is sent now.</summary>
    public virtual void Sending()
    {
    }

    /// <summary>The request was answered.</summary>
    public abstract void Answered(in HttpReply reply);

    /// <summary>The request may have been sent, but was not answered.</summary>
    public virtual void Lost()
    {
    }
}
