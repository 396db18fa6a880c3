using System.Net.Mime;

namespace SecKill.Gateway.Live;

/// <summary>Samples of the live routes' answers, for the OpenAPI document.</summary>
internal static class LiveSamples
{
    // Milliseconds since 1970.
    private const long Time = 1795701276288;

    private static readonly SaleSnapshot _sale = new()
    {
        Seller = "bob",
        Name = "breakfast",
        Amount = 20,
        Left = 7,
        OutboxLength = 2,
        DrainLag = 0.3,
        Claims = new ClaimCounts(13, 1, 0, 0),
        PerSecond = new ClaimRates(4, 0, 0, 0),
    };

    public static Reply Board { get; } = Of(new BoardView([_sale], _sale.Claims, _sale.PerSecond, 2, Time - 3_600_000, "", Time));

    public static Reply Sale { get; } = Of(_sale with { Stock = 5, Description = "早餐", Silo = "5d3c0a", Silos = 2, ErrMsg = "", Time = Time });

    /// <summary>The same as the first event of a stream.</summary>
    public static OtherForm AsStream(this Reply snapshot) => new(MediaTypeNames.Text.EventStream, $"data: {Encoding.UTF8.GetString(snapshot.Json.Span)}\n\n");

    private static Reply Of(object snapshot) => new(StatusCodes.Status200OK, snapshot, "reading");
}
