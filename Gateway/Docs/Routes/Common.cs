using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Microsoft.OpenApi;
using SecKill.Gateway.Coupons;
using SecKill.Gateway.Http;

namespace SecKill.Gateway.Docs.Routes;

/// <summary>What the documents of several routes have in common.</summary>
internal static class Common
{
    /// <summary>The text with which such a name is refused.</summary>
    public const string NoUtf8 = "A name in the path is not percent-encoded UTF-8.";

    private static readonly HeaderDoc _retryAfter = new(
        "Retry-After", "After how many seconds to try again.", new OpenApiSchema { Type = JsonSchemaType.Integer, Minimum = "1" }, Faults.RetryAfterSeconds);

    /// <summary>Success, with nothing to tell.</summary>
    public static AnswerDoc Success(int status, string description) => Texts(status, description, "");

    /// <summary>An answer of <c>errMsg</c> alone, with the texts that it may have, or some of them.</summary>
    public static AnswerDoc Texts(int status, string description, params string[] texts) =>
        new(status, description) { Bodies = [typeof(Answer)], Examples = texts.ToDictionary(NameOf, text => Json(new Answer(text), AnswerJson.Plain.Answer)) };

    /// <summary>The texts with which a token is refused.</summary>
    public static IReadOnlyList<string> TokenTexts { get; } =
    [
        "No token, or none that can be read. Log in first.",
        "The token has expired. Log in again.",
        "The token is not valid. Log in again.",
    ];

    public static AnswerDoc BodyTooLarge { get; } =
        Texts(StatusCodes.Status413PayloadTooLarge, "The body is too large.", $"The body is too large: {JsonBody.MaxBytes} bytes at most.");

    public static AnswerDoc TooManyAccounts { get; } =
        TooMany("This client address has registered and logged in too often. Nothing was done.", "Too many registrations and log-ins from this address. Try again in 1 s.");

    public static AnswerDoc Unavailable { get; } = UnavailableWith("Try again. Whether the request took effect is not known.");

    public static AnswerDoc Fault { get; } = Texts(StatusCodes.Status500InternalServerError, "A fault of the service.", "Internal error.");

    /// <summary>429, with its text.</summary>
    public static AnswerDoc TooMany(string description, string text) =>
        Texts(StatusCodes.Status429TooManyRequests, description, text) with { Headers = [_retryAfter] };

    /// <summary>503, with its texts.</summary>
    public static AnswerDoc UnavailableWith(params string[] texts) =>
        Texts(StatusCodes.Status503ServiceUnavailable, "Not decided, or not known whether it took effect. It is safe to try again.", texts) with { Headers = [_retryAfter] };

    /// <summary>A name in the path.</summary>
    public static ParameterDoc Name(string parameter, string description, int maxLength, string example) => new(
        parameter, ParameterLocation.Path, description, new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1, MaxLength = maxLength }, example);

    /// <summary>The header that tells a claim's outcome.</summary>
    public static HeaderDoc ClaimResult(params string[] words) => new(
        ClaimEndpoint.ResultHeader, "The outcome.", new OpenApiSchema { Type = JsonSchemaType.String, Enum = [.. words.Select(word => (JsonNode)word)] }, words[0]);

    /// <summary>A body as it is written.</summary>
    public static JsonNode Json<T>(T body, JsonTypeInfo<T> type) => JsonSerializer.SerializeToNode(body, type)!;

    /// <summary>A name for an example, of what the document lets stand in one.</summary>
    private static string NameOf(string text)
    {
        var words = string.Concat(text.Select(character => char.IsAsciiLetterOrDigit(character) ? char.ToLowerInvariant(character) : ' '))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words.Length == 0 ? "success" : string.Join('-', words.Take(8));
    }
}
