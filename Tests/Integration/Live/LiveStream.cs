using System.Net.ServerSentEvents;

namespace SecKill.Tests.Integration.Live;

/// <summary>A watcher of the live endpoint, as a plain client of server-sent events.</summary>
internal sealed class LiveStream : IAsyncDisposable
{
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(30);

    private readonly HttpResponseMessage _response;
    private readonly SseParser<string> _parser;
    private readonly IAsyncEnumerator<SseItem<string>> _events;

    private LiveStream(HttpResponseMessage response, SseParser<string> parser)
    {
        (_response, _parser) = (response, parser);
        _events = parser.EnumerateAsync(CancellationToken.None).GetAsyncEnumerator();
    }

    public HttpResponseMessage Response => _response;

    /// <summary>After how long it would come again.</summary>
    public TimeSpan Retry => _parser.ReconnectionInterval;

    public static string PathOf(string seller, string coupon) => $"/api/live/{Uri.EscapeDataString(seller)}/{Uri.EscapeDataString(coupon)}";

    /// <summary>Opens a stream that must be granted.</summary>
    public static async Task<LiveStream> OpenAsync(Uri gateway, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Loopback.Exactly(gateway, path));
        request.Headers.Add("Accept", "text/event-stream");
        var response = await Loopback.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.True(response.IsSuccessStatusCode, $"GET {path} answered {response.StatusCode}");
        return new LiveStream(response, SseParser.Create(await response.Content.ReadAsStreamAsync()));
    }

    /// <summary>The next event; null where the stream has ended.</summary>
    public async Task<SseItem<string>?> NextAsync() => await _events.MoveNextAsync().AsTask().WaitAsync(_timeout) ? _events.Current : null;

    /// <summary>The first snapshot from now on that is right.</summary>
    public async Task<JsonElement> ReadUntilAsync(string what, Func<JsonElement, bool> isRight)
    {
        JsonElement? last = null;
        using var limit = new CancellationTokenSource(_timeout);
        try
        {
            while (await _events.MoveNextAsync().AsTask().WaitAsync(limit.Token))
            {
                if (_events.Current.EventType != SseParser.EventTypeDefault)
                    continue;
                using var document = JsonDocument.Parse(_events.Current.Data);
                last = document.RootElement.Clone();
                if (isRight(last.Value))
                    return last.Value;
            }
        }
        catch (OperationCanceledException)
        {
            throw new EventuallyException($"{what}: not within {_timeout.TotalSeconds} s, the last reading was {last}");
        }
        throw new EventuallyException($"{what}: the stream ended before, the last reading was {last}");
    }

    public ValueTask DisposeAsync()
    {
        // The enumerator may wait for what will never come; it ends with the connection.
        _response.Dispose();
        return ValueTask.CompletedTask;
    }
}
