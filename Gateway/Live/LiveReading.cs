using System.Globalization;
using System.Text;

namespace SecKill.Gateway.Live;

/// <summary>What all watchers of a sale are sent: written once, and the same bytes for each.</summary>
/// <param name="Event">As a server-sent event.</param>
/// <param name="Json">The reading alone; null where there is none.</param>
internal sealed record LiveReading(byte[] Event, byte[]? Json)
{
    /// <summary>Tells a watcher, and whatever lies between, that the connection lives. An event, since scripts never see a comment.</summary>
    public static LiveReading Heartbeat { get; } = new("event: alive\ndata:\n\n"u8.ToArray(), null);

    /// <summary>Tells that nothing can be told.</summary>
    public static LiveReading Trouble { get; } = new("event: trouble\ndata: {\"errMsg\":\"It cannot be read at the moment.\"}\n\n"u8.ToArray(), null);

    /// <summary>Writes a reading.</summary>
    /// <param name="id">Of the event.</param>
    /// <param name="json">An object.</param>
    /// <param name="time">When it was read.</param>
    public static LiveReading Of(long id, ReadOnlySpan<byte> json, DateTimeOffset time)
    {
        byte[] timed = [.. json[..^1], .. Utf8($$""","time":{{time.ToUnixTimeMilliseconds()}}}""")];
        return new LiveReading([.. Utf8($"id: {id}\ndata: "), .. timed, .. "\n\n"u8], timed);
    }

    /// <summary>
    /// The first that a watcher is sent: after how long to come again if cut off. Not all at once, or a gateway that stops would
    /// have another one run over.
    /// </summary>
    public static byte[] Greeting() => Utf8($"retry: {Random.Shared.Next(1_000, 4_000)}\n\n");

    private static byte[] Utf8(FormattableString text) => Encoding.UTF8.GetBytes(text.ToString(CultureInfo.InvariantCulture));
}
