using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using SecKill.Grains.Interfaces.Lists;

namespace SecKill.Gateway.Http;

/// <summary>The usual JSON answer.</summary>
/// <param name="ErrMsg">Empty on success.</param>
internal sealed record Answer([property: JsonPropertyName("errMsg")] string ErrMsg);

/// <summary>The answer to a log-in.</summary>
/// <param name="Kind">Empty unless logged in.</param>
/// <param name="ErrMsg">Empty on success.</param>
internal sealed record LogInAnswer(
    [property: JsonPropertyName("kind")] string Kind,
    [property: JsonPropertyName("errMsg")] string ErrMsg);

/// <summary>The answer that carries a list.</summary>
/// <param name="ErrMsg">Empty on success.</param>
/// <param name="Data">The coupons.</param>
internal sealed record ListAnswer(
    [property: JsonPropertyName("errMsg")] string ErrMsg,
    [property: JsonPropertyName("data")] IReadOnlyList<CouponItem> Data);

/// <summary>How answers are written.</summary>
[JsonSerializable(typeof(Answer))]
[JsonSerializable(typeof(LogInAnswer))]
[JsonSerializable(typeof(ListAnswer))]
internal sealed partial class AnswerJson : JsonSerializerContext
{
    /// <summary>For the documented answers.</summary>
    public static AnswerJson Plain { get; } = new(NewOptions());

    /// <summary>Of all answers: writes 中文 and emoji as they are, since nothing here is embedded in HTML, and nothing for null.</summary>
    public static JsonSerializerOptions NewOptions() => new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };
}

/// <summary>The results that endpoints return.</summary>
internal static class Reply
{
    /// <summary>An answer with nothing but <c>errMsg</c>.</summary>
    public static IResult With(int status, string errMsg = "") => Results.Json(new Answer(errMsg), AnswerJson.Plain.Answer, statusCode: status);

    /// <summary>400.</summary>
    public static IResult BadRequest(string errMsg) => With(StatusCodes.Status400BadRequest, errMsg);

    /// <summary>401.</summary>
    public static IResult Unauthorized(string errMsg) => With(StatusCodes.Status401Unauthorized, errMsg);

    /// <summary>The answer to a log-in.</summary>
    public static IResult LogIn(int status, string kind, string errMsg) =>
        Results.Json(new LogInAnswer(kind, errMsg), AnswerJson.Plain.LogInAnswer, statusCode: status);

    /// <summary>A list.</summary>
    public static IResult List(int status, string errMsg, IReadOnlyList<CouponItem> data) =>
        Results.Json(new ListAnswer(errMsg, data), AnswerJson.Plain.ListAnswer, statusCode: status);
}
