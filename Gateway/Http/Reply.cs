using System.Buffers;
using Microsoft.AspNetCore.Http.Metadata;

namespace SecKill.Gateway.Http;

/// <summary>
/// A reply whose content is known beforehand: status, headers and JSON body. Handlers return it, and the route lists the same object
/// (<see cref="Replies.Answers"/>) for the OpenAPI document, so that the two cannot drift apart.
/// </summary>
/// <param name="body">Null for a reply without one.</param>
/// <param name="name">Names it among the examples of its status; without it, its <c>errMsg</c> does.</param>
internal sealed class Reply(int status, object? body = null, string? name = null) : IResult, IProducesResponseTypeMetadata
{
    private const int RetryAfterSeconds = 1;

    private readonly byte[]? _json = body is null ? null : JsonSerializer.SerializeToUtf8Bytes(body, body.GetType(), AnswerJson.Options);

    public int StatusCode => status;

    public Type Type => body?.GetType() ?? typeof(void);

    public IEnumerable<string> ContentTypes => body is null ? [] : ["application/json"];

    /// <summary>The body as it is sent; empty without one.</summary>
    public ReadOnlyMemory<byte> Json => _json;

    /// <summary>Its name among the examples, if it has one of its own.</summary>
    public string? Name => name;

    /// <summary>The headers that it sets.</summary>
    public (string Name, string Value)[] Headers { get; private init; } = [];

    /// <summary>A reply of <c>errMsg</c> alone; the text is empty on success.</summary>
    public static Reply With(int status, string errMsg = "") => new(status, new Answer(errMsg));

    public static Reply BadRequest(string errMsg) => With(StatusCodes.Status400BadRequest, errMsg);

    public static Reply Unauthorized(string errMsg) => With(StatusCodes.Status401Unauthorized, errMsg);

    /// <summary>429 with Retry-After: nothing was done.</summary>
    public static Reply TooMany(string errMsg, int seconds = RetryAfterSeconds) => With(StatusCodes.Status429TooManyRequests, errMsg).After(seconds);

    /// <summary>503 with Retry-After: the request may or may not have taken effect, and may be sent again.</summary>
    public static Reply Unavailable(string errMsg) => With(StatusCodes.Status503ServiceUnavailable, errMsg).After(RetryAfterSeconds);

    /// <summary>The same with one more header.</summary>
    public Reply WithHeader(string header, string value) => new(status, body, name) { Headers = [.. Headers, (header, value)] };

    public Task ExecuteAsync(HttpContext httpContext)
    {
        foreach (var (header, value) in Headers)
            httpContext.Response.Headers[header] = value;
        if (_json is null)
            httpContext.Response.StatusCode = status;
        else
            WriteJson(httpContext.Response, status, _json);
        return Task.CompletedTask;
    }

    /// <summary>Writes JSON into the response's buffer, which the server flushes when the handler has returned.</summary>
    public static void WriteJson(HttpResponse response, int status, ReadOnlySpan<byte> json)
    {
        response.StatusCode = status;
        response.ContentType = "application/json; charset=utf-8";
        response.ContentLength = json.Length;
        response.BodyWriter.Write(json);
    }

    private Reply After(int seconds) => WithHeader("Retry-After", seconds.ToString(CultureInfo.InvariantCulture));
}

/// <summary>Declares replies on routes.</summary>
internal static class Replies
{
    /// <summary>Declares what a route answers: fixed replies as they are, and samples of those with data.</summary>
    public static TBuilder Answers<TBuilder>(this TBuilder route, params Reply[] replies) where TBuilder : IEndpointConventionBuilder => route.WithMetadata([.. replies]);
}
