using System.Threading.Channels;

namespace SecKill.Gateway.Live;

/// <summary>One who watches. Who is slow misses readings and gets the latest; it holds up nobody, and piles up nothing.</summary>
internal sealed class LiveWatcher
{
    private readonly Channel<LiveReading> _latest = Channel.CreateBounded<LiveReading>(new BoundedChannelOptions(1)
    {
        FullMode = BoundedChannelFullMode.DropOldest,
        SingleReader = true,
        // Who offers sends, right there: it never blocks, and to wake a thread would cost more than the sending.
        AllowSynchronousContinuations = true,
    });

    /// <summary>What it is to be sent, until there is nothing more to come.</summary>
    public ChannelReader<LiveReading> Readings => _latest.Reader;

    /// <summary>Has it sent, in place of what it has not been sent yet; a heartbeat in place of nothing, for that may be the last there is to say.</summary>
    public void Offer(LiveReading reading)
    {
        if (reading != LiveReading.Heartbeat || Readings.Count == 0)
            _latest.Writer.TryWrite(reading);
    }

    /// <summary>Nothing more will come.</summary>
    public void End() => _latest.Writer.TryComplete();
}
