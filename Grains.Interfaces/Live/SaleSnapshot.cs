using System.Text.Json.Serialization;

namespace SecKill.Grains.Interfaces.Live;

/// <summary>
/// One sale at one moment, from the grain to the client: the gateway adds the rates and writes it as JSON as it is (docs/guide/live.md tells
/// the fields). The stock is exact; the claims are those that gateways have reported.
/// </summary>
[GenerateSerializer, Immutable]
public sealed record SaleSnapshot
{
    /// <summary>The seller's user name.</summary>
    [Id(0)]
    public required string Seller { get; init; }

    /// <summary>The coupon's name.</summary>
    [Id(1)]
    public required string Name { get; init; }

    /// <summary>Units in all.</summary>
    [Id(2)]
    public required int Amount { get; init; }

    /// <summary>Units left.</summary>
    [Id(3)]
    public required int Left { get; init; }

    /// <summary>Units won.</summary>
    public int Won => Amount - Left;

    /// <summary>Whether none is for sale: none is left, or those that are left are theirs who wait.</summary>
    public bool SoldOut => Left == 0 || Waiting > 0;

    /// <summary>Won claims that the ledger does not have yet.</summary>
    [Id(4)]
    [JsonPropertyName("queued")]
    public required long OutboxLength { get; init; }

    /// <summary>The age of the oldest of them in seconds, to one decimal; 0 where there is none.</summary>
    [Id(5)]
    public required double DrainLag { get; init; }

    /// <summary>Claims answered since this coupon's silo has known it.</summary>
    [Id(6)]
    public required ClaimCounts Claims { get; init; }

    /// <summary>Claims answered a second, as the gateway computes it; null in a first snapshot.</summary>
    [Id(7)]
    public ClaimRates? PerSecond { get; init; }

    /// <summary>The face value; null on the board.</summary>
    [Id(8)]
    public int? Stock { get; init; }

    /// <summary>The seller's description; null on the board.</summary>
    [Id(9)]
    public string? Description { get; init; }

    /// <summary>The silo on which the coupon is active: its address inside, a hash of it outside; null on the board.</summary>
    [Id(10)]
    public string? Silo { get; init; }

    /// <summary>Silos alive; null on the board, which tells it once.</summary>
    [Id(11)]
    public int? Silos { get; init; }

    /// <summary>Empty where the snapshot is an answer of its own; null on the board.</summary>
    [Id(12)]
    public string? ErrMsg { get; init; }

    /// <summary>Milliseconds since 1970; written by the gateway when all else is.</summary>
    [Id(13)]
    public long? Time { get; init; }

    /// <summary>What the sale is at; null for a coupon that has no window and was never changed: then it is on sale while units are left.</summary>
    [Id(14)]
    public SaleState? State { get; init; }

    /// <summary>The first moment of the sale, in milliseconds since 1970; null for none.</summary>
    [Id(15)]
    public long? StartsAt { get; init; }

    /// <summary>The first moment after the sale, in milliseconds since 1970; null for none.</summary>
    [Id(16)]
    public long? EndsAt { get; init; }

    /// <summary>Milliseconds until the start by the clock that decides, when the snapshot was taken; null where it has begun.</summary>
    [Id(17)]
    public long? StartsIn { get; init; }

    /// <summary>Milliseconds until the end; null where there is none, or it is past.</summary>
    [Id(18)]
    public long? EndsIn { get; init; }

    /// <summary>Units that were given back so far; null for a coupon that takes no returns.</summary>
    [Id(19)]
    public long? Returned { get; init; }

    /// <summary>How many customers wait for a unit; null for a coupon without a waiting list.</summary>
    [Id(20)]
    public long? Waiting { get; init; }

    /// <summary>The coupon's <see cref="CouponId.Key"/>.</summary>
    public string CouponKey() => CouponId.Known(Seller, Name).Key;
}

/// <summary>All sales at one moment.</summary>
/// <param name="Sales">The busiest, at most <see cref="MaxSales"/>, the busiest one first.</param>
/// <param name="Claims">Answered claims of all coupons since the silos have run.</param>
/// <param name="Silos">How many silos are alive.</param>
/// <param name="IsComplete">Whether all silos have answered: otherwise <paramref name="Claims"/> lacks those of some.</param>
/// <param name="Since">From when on <paramref name="Claims"/> were counted: the start of the silo that has run longest.</param>
[GenerateSerializer, Immutable]
public sealed record BoardSnapshot(
    [property: Id(0)] SaleSnapshot[] Sales, [property: Id(1)] ClaimCounts Claims, [property: Id(2)] int Silos, [property: Id(3)] bool IsComplete,
    [property: Id(4)] DateTimeOffset Since)
{
    /// <summary>The most sales on the board.</summary>
    public const int MaxSales = 20;
}
