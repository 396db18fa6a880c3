using System.Net.Http.Headers;
using System.Text.Json;

namespace SecKill.Tests.LocalServers.Api;

/// <summary>Everything a client sees of an answer.</summary>
public sealed class Answer
{
    private Answer(string request, HttpResponseMessage response, string body)
    {
        Request = request;
        Status = (int)response.StatusCode;
        Headers = response.Headers;
        ContentType = response.Content.Headers.ContentType?.MediaType;
        Body = body;
        Json = Parse(body);
    }

    public string Request { get; }

    public int Status { get; }

    public HttpResponseHeaders Headers { get; }

    public string? ContentType { get; }

    public string Body { get; }

    /// <summary>Null if the body is not a JSON object.</summary>
    public JsonElement? Json { get; }

    public IReadOnlyList<string> Fields => Json is { } json ? [.. json.EnumerateObject().Select(member => member.Name).Order()] : [];

    public string? ErrMsg => Text("errMsg");

    public string? Kind => Text("kind");

    public string? Token => Header("Authorization");

    public string? ClaimResult => Header("Claim-Result");

    public IReadOnlyList<CouponRow> Coupons =>
        Json is { } json && json.TryGetProperty("data", out var data) ? [.. data.EnumerateArray().Select(CouponRow.Read)] : [];

    public static async Task<Answer> ReadAsync(HttpRequestMessage request, HttpResponseMessage response) =>
        new($"{request.Method} {request.RequestUri?.OriginalString}", response, await response.Content.ReadAsStringAsync());

    /// <summary>The text in failed tests.</summary>
    public override string ToString() =>
        $"{Request} answered {Status} [{ClaimResult}] {(Body.Length > 400 ? Body[..400] + "…" : Body)}";

    private string? Header(string name) => Headers.TryGetValues(name, out var values) ? string.Join(", ", values) : null;

    private string? Text(string field) =>
        Json is { } json && json.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static JsonElement? Parse(string body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>One coupon of a list; what a view leaves out is null.</summary>
public sealed record CouponRow(string Name, int? Stock, string? Description, int? Amount, int? Left, string Fields)
{
    public static CouponRow Read(JsonElement row) => new(
        row.GetProperty("name").GetString()!,
        Number(row, "stock"),
        row.TryGetProperty("description", out var description) ? description.GetString() : null,
        Number(row, "amount"),
        Number(row, "left"),
        string.Join(",", row.EnumerateObject().Select(member => member.Name).Order()));

    private static int? Number(JsonElement row, string field) => row.TryGetProperty(field, out var value) ? value.GetInt32() : null;
}
