using System.Threading.Channels;

namespace SecKill.Gateway.Live;

/// <summary>A subscriber. A slow one skips snapshots (latest wins) and never blocks the feed.</summary>
internal sealed class Subscriber
{
    private readonly Channel<LiveEvent> _latest = Channel.CreateBounded<LiveEvent>(new BoundedChannelOptions(1)
    {
        FullMode = BoundedChannelFullMode.DropOldest,
        SingleReader = true,
        // The feed's thread writes to the socket at once: writing does not block, and to wake another thread would cost more.
        AllowSynchronousContinuations = true,
    });

    /// <summary>The events to send. They end with the feed, or with the subscriber.</summary>
    public ChannelReader<LiveEvent> Events => _latest.Reader;

    /// <summary>Offers an event, replacing the unsent one. A heartbeat replaces nothing: the unsent event may be the last snapshot.</summary>
    public void Offer(LiveEvent item)
    {
        if (item != LiveEvent.Heartbeat || Events.Count == 0)
            _latest.Writer.TryWrite(item);
    }

    public void End() => _latest.Writer.TryComplete();
}
