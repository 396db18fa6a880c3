using System.Text.Encodings.Web;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using SecKill.Gateway.Coupons;
using SecKill.Grains.Interfaces.Lists;

namespace SecKill.Gateway.Http;

/// <summary>The usual JSON answer.</summary>
/// <param name="ErrMsg">Empty on success.</param>
internal sealed record Answer(string ErrMsg);

/// <summary>The answer to a log-in.</summary>
/// <param name="Kind">Empty unless logged in.</param>
/// <param name="ErrMsg">Empty on success.</param>
internal sealed record LogInAnswer(string Kind, string ErrMsg);

/// <summary>The answer that carries a list.</summary>
/// <param name="ErrMsg">Empty on success.</param>
/// <param name="Data">The coupons.</param>
internal sealed record ListAnswer(string ErrMsg, IReadOnlyList<CouponItem> Data);

/// <summary>How answers are written.</summary>
internal static class AnswerJson
{
    /// <summary>For answers that are serialized here; the framework's own are configured alike.</summary>
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        TypeInfoResolver = JsonTypeInfoResolver.Combine(ListJson.Default, FeedJson.Default, new DefaultJsonTypeInfoResolver()),
    };

    static AnswerJson() => Configure(Options);

    /// <summary>Writes 中文 and emoji as they are, since nothing here is embedded in HTML, names of enums as texts, and no nulls.</summary>
    public static void Configure(JsonSerializerOptions options)
    {
        options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        options.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase));
    }
}

/// <summary>Generated, since lists are written most often.</summary>
[JsonSerializable(typeof(ListAnswer))]
internal sealed partial class ListJson : JsonSerializerContext;
