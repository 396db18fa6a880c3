using System.Buffers;
using System.Net.ServerSentEvents;

namespace SecKill.Gateway.Live;

/// <summary>
/// An event of a stream, formatted once: the same bytes go to all subscribers. (<c>TypedResults.ServerSentEvents</c> would serialize and
/// buffer it for each of them.)
/// </summary>
internal sealed class LiveEvent
{
    private const string HeartbeatType = "alive";
    private const string TroubleType = "trouble";

    private readonly string _type;

    private LiveEvent(SseItem<byte[]> item)
    {
        (_type, Data) = (item.EventType, item.Data);
        using var stream = new MemoryStream();
        // Into memory, so that it ends at once.
        SseFormatter.WriteAsync(new[] { item }.ToAsyncEnumerable(), stream, static (item, writer) => writer.Write(item.Data)).GetAwaiter().GetResult();
        Bytes = stream.ToArray();
    }

    /// <summary>Tells that the connection lives. An event, since scripts do not see comments.</summary>
    public static LiveEvent Heartbeat { get; } = new(new SseItem<byte[]>([], HeartbeatType));

    /// <summary>Tells that the sale cannot be read.</summary>
    public static LiveEvent Trouble { get; } = new(new SseItem<byte[]>("""{"errMsg":"It cannot be read at the moment."}"""u8.ToArray(), TroubleType));

    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Its data alone, as JSON; empty in a heartbeat.</summary>
    public byte[] Data { get; }

    public bool IsSnapshot => _type == SseParser.EventTypeDefault;

    /// <summary>An event with a snapshot.</summary>
    /// <param name="json">The snapshot without its time: an object.</param>
    public static LiveEvent Snapshot(long id, ReadOnlySpan<byte> json, DateTimeOffset time) =>
        new(new SseItem<byte[]>([.. json[..^1], .. Utf8($$""","time":{{time.ToUnixTimeMilliseconds()}}}""")])
        {
            EventId = id.ToString(CultureInfo.InvariantCulture),
        });

    /// <summary>
    /// The beginning of a stream: after how long to reconnect. At random, or the subscribers of a gateway that stops would come to the next
    /// one all at once.
    /// </summary>
    public static byte[] Greeting() => Utf8($"retry: {Random.Shared.Next(1_000, 4_000)}\n\n");

    private static byte[] Utf8(FormattableString text) => Encoding.UTF8.GetBytes(text.ToString(CultureInfo.InvariantCulture));
}
