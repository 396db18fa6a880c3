using System.Text.Json.Nodes;
using SecKill.Gateway.Live;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Live;

namespace SecKill.Gateway.OpenApi.Routes;

/// <summary>The live readings.</summary>
internal static class LiveDocs
{
    private const string Events = """
        With `Accept: application/json` it is one reading as JSON. Otherwise server-sent events, each with a reading as its data, one a second or, where
        very many watch, fewer; `event: alive`, without data, where nothing is new; `event: trouble` while it cannot be read. The stream has no end of its own.
        """;

    // Milliseconds since 1970.
    private const long Time = 1795701276288;

    private static readonly SaleSnapshot _sale = new()
    {
        Seller = "bob",
        Name = "breakfast",
        Amount = 20,
        Left = 7,
        Queued = 2,
        DrainLag = 0.3,
        Claims = new ClaimCounts(13, 1, 0, 0),
        PerSecond = new ClaimRates(4, 0, 0, 0),
    };

    private static readonly JsonNode _board = Common.Json(new BoardView([_sale], _sale.Claims, _sale.PerSecond, 2, Time - 3_600_000, "", Time), LiveJson.Plain.BoardView);

    private static readonly JsonNode _oneSale =
        Common.Json(_sale with { Stock = 5, Description = "早餐", Silo = "5d3c0a", Silos = 2, ErrMsg = "", Time = Time }, LiveJson.Plain.SaleSnapshot);

    private static readonly AnswerDoc _full = Common.UnavailableWith("Nobody more can watch here. Try again.", "It cannot be read at the moment. Try again.");

    private static readonly AnswerDoc _tooManyHere = Common.TooMany("This client address has as many streams, or watches as many sales, as one may.", LiveApi.TooManyHere);

    public static RouteDoc Board { get; } = new("watchAll", ApiTags.Live, "Watch all sales", "The busiest sales, claims a second over all, and how many silos there are. " + Events)
    {
        Answers =
        [
            new AnswerDoc(StatusCodes.Status200OK, "A reading, or the stream of them.")
            {
                Bodies = [typeof(BoardView)],
                Examples = new Dictionary<string, JsonNode>
                {
                    ["reading"] = _board,
                },
                EventStream = Stream(_board),
            },
            _tooManyHere,
            Common.Fault,
            _full,
        ],
    };

    public static RouteDoc Sale { get; } = new("watchSale", ApiTags.Live, "Watch a sale", "One coupon as it is sold. " + Events)
    {
        Parameters =
        [
            Common.Name("seller", "Whose coupon.", UserName.MaxLength, "bob"),
            Common.Name("coupon", "Which one.", CouponName.MaxLength, "breakfast"),
        ],
        Answers =
        [
            new AnswerDoc(StatusCodes.Status200OK, "A reading, or the stream of them.")
            {
                Bodies = [typeof(SaleSnapshot)],
                Examples = new Dictionary<string, JsonNode>
                {
                    ["reading"] = _oneSale,
                },
                EventStream = Stream(_oneSale),
            },
            Common.Texts(StatusCodes.Status400BadRequest, "The path cannot be read.", Common.NoUtf8),
            Common.Texts(StatusCodes.Status404NotFound, "No such coupon.", "No such coupon."),
            _tooManyHere,
            Common.Fault,
            _full,
        ],
    };

    private static string Stream(JsonNode reading) => $"data: {reading.ToJsonString()}\n\n";
}
