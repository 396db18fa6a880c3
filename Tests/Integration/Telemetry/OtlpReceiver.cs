using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace SecKill.Tests.Integration.Telemetry;

/// <summary>What OpenTelemetry's exporters send to: takes the spans of traces (OTLP, HTTP, protobuf), and of metrics that some came.</summary>
public sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication _server;
    private readonly ConcurrentQueue<Span> _spans = new();
    private int _metrics;

    public OtlpReceiver(int port)
    {
        Address = $"http://127.0.0.1:{port}";
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrel().UseUrls(Address);
        builder.Logging.ClearProviders();
        _server = builder.Build();
        _server.Run(TakeAsync);
    }

    public string Address { get; }

    public IReadOnlyList<Span> Spans => [.. _spans];

    /// <summary>How often metrics came.</summary>
    public int Metrics => Volatile.Read(ref _metrics);

    public Task StartAsync() => _server.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        if (context.Request.Path == "/v1/metrics")
            Interlocked.Increment(ref _metrics);
        else if (context.Request.Path == "/v1/traces")
            Span.ReadAll(body.ToArray()).ForEach(_spans.Enqueue);
        context.Response.ContentType = "application/x-protobuf";
    }
}

/// <summary>A span as opentelemetry/proto/trace/v1/trace.proto has it.</summary>
public sealed record Span(string Service, string Source, string Trace, string Id, string Parent, string Name, IReadOnlyList<string> Links, IReadOnlyList<string> Texts)
{
    /// <summary>The spans of an ExportTraceServiceRequest.</summary>
    internal static List<Span> ReadAll(ReadOnlyMemory<byte> request)
    {
        var spans = new List<Span>();
        foreach (var resourceSpans in Messages(request, 1))
        {
            var service = Messages(resourceSpans, 1).SelectMany(resource => Messages(resource, 1)).Where(attribute => Text(attribute, 1) == "service.name")
                .Select(attribute => Text(Messages(attribute, 2).Single(), 1)).Single();
            foreach (var scopeSpans in Messages(resourceSpans, 2))
            {
                var source = Messages(scopeSpans, 1).Select(scope => Text(scope, 1)).Single();
                spans.AddRange(Messages(scopeSpans, 2).Select(span => Read(service, source, span)));
            }
        }
        return spans;
    }

    private static Span Read(string service, string source, ReadOnlyMemory<byte> span) => new(
        service, source, Hex(span, 1), Hex(span, 2), Hex(span, 4), Text(span, 5),
        [.. Messages(span, 13).Select(link => Hex(link, 2))],
        [.. Messages(span, 9).SelectMany(attribute => Messages(attribute, 2)).SelectMany(value => Messages(value, 1)).Select(text => Encoding.UTF8.GetString(text.Span))]);

    private static string Hex(ReadOnlyMemory<byte> message, int field) => Convert.ToHexString(Messages(message, field).SingleOrDefault().Span);

    private static string Text(ReadOnlyMemory<byte> message, int field) => Encoding.UTF8.GetString(Messages(message, field).SingleOrDefault().Span);

    /// <summary>The values of a field that have a length.</summary>
    private static IEnumerable<ReadOnlyMemory<byte>> Messages(ReadOnlyMemory<byte> message, int field)
    {
        for (var at = 0; at < message.Length;)
        {
            var tag = Number(message, ref at);
            switch (tag & 7)
            {
                case 0:
                    Number(message, ref at);
                    break;
                case 1:
                    at += 8;
                    break;
                case 5:
                    at += 4;
                    break;
                case 2:
                    var length = (int)Number(message, ref at);
                    if ((int)(tag >> 3) == field)
                        yield return message.Slice(at, length);
                    at += length;
                    break;
                default:
                    throw new FormatException($"A field of wire type {tag & 7}.");
            }
        }
    }

    private static ulong Number(ReadOnlyMemory<byte> message, ref int at)
    {
        for (ulong number = 0, shift = 0; ; shift += 7)
        {
            var part = message.Span[at++];
            number |= (ulong)(part & 0x7F) << (int)shift;
            if (part < 0x80)
                return number;
        }
    }
}
