using System.Globalization;
using System.Net.ServerSentEvents;
using System.Text;

namespace SecKill.Gateway.Live;

/// <summary>The events of a stream. Their data is written once, and the same bytes go to all subscribers.</summary>
internal static class LiveEvents
{
    private const string HeartbeatType = "alive";
    private const string TroubleType = "trouble";

    /// <summary>Tells that the connection lives. An event, since scripts do not see comments.</summary>
    public static SseItem<byte[]> Heartbeat { get; } = new([], HeartbeatType);

    /// <summary>Tells that the sale cannot be read.</summary>
    public static SseItem<byte[]> Trouble { get; } = new("""{"errMsg":"It cannot be read at the moment."}"""u8.ToArray(), TroubleType);

    /// <summary>An event with a snapshot.</summary>
    /// <param name="id">Its number.</param>
    /// <param name="json">The snapshot without its time: an object.</param>
    /// <param name="time">When it was read.</param>
    public static SseItem<byte[]> Snapshot(long id, ReadOnlySpan<byte> json, DateTimeOffset time) =>
        new([.. json[..^1], .. Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $$""","time":{{time.ToUnixTimeMilliseconds()}}}"""))])
        {
            EventId = id.ToString(CultureInfo.InvariantCulture),
        };

    /// <summary>Whether it is the heartbeat.</summary>
    public static bool IsHeartbeat(in SseItem<byte[]> item) => item.EventType == HeartbeatType;

    /// <summary>Whether it tells of trouble.</summary>
    public static bool IsTrouble(in SseItem<byte[]> item) => item.EventType == TroubleType;

    /// <summary>Whether it has a snapshot.</summary>
    public static bool IsSnapshot(in SseItem<byte[]> item) => item.EventType == SseParser.EventTypeDefault;
}
