using System.Net.ServerSentEvents;
using System.Threading.Channels;

namespace SecKill.Gateway.Live;

/// <summary>A subscriber. A slow one skips snapshots (latest wins) and never blocks the feed.</summary>
internal sealed class Subscriber
{
    private readonly Channel<SseItem<byte[]>> _latest = Channel.CreateBounded<SseItem<byte[]>>(new BoundedChannelOptions(1)
    {
        FullMode = BoundedChannelFullMode.DropOldest,
        SingleReader = true,
        // The feed's thread writes to the socket at once: writing does not block, and to wake another thread would cost more.
        AllowSynchronousContinuations = true,
    });

    /// <summary>The events to send. They end with the feed, or with the subscriber.</summary>
    public ChannelReader<SseItem<byte[]>> Events => _latest.Reader;

    /// <summary>Offers an event, replacing the unsent one. A heartbeat replaces nothing: the unsent event may be the sale's last snapshot.</summary>
    public void Offer(in SseItem<byte[]> item)
    {
        if (!LiveEvents.IsHeartbeat(item) || Events.Count == 0)
            _latest.Writer.TryWrite(item);
    }

    /// <summary>Ends the events.</summary>
    public void End() => _latest.Writer.TryComplete();

    /// <summary>
    /// The events as a stream. The first one tells after how long to reconnect: at random, or the subscribers of a gateway that stops would come to
    /// the next one all at once.
    /// </summary>
    public async IAsyncEnumerable<SseItem<byte[]>> StreamAsync()
    {
        TimeSpan? retry = TimeSpan.FromMilliseconds(Random.Shared.Next(1_000, 4_000));
        await foreach (var item in Events.ReadAllAsync())
        {
            yield return retry is null ? item : item with { ReconnectionInterval = retry };
            retry = null;
        }
    }
}
