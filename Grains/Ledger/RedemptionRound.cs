using System.Text.Json;
using SecKill.Grains.Interfaces.Redemptions;

namespace SecKill.Grains.Ledger;

/// <summary>
/// Redemptions that one transaction decides, one after the other, on what it has read under its locks. It keeps what is to be written.
/// </summary>
internal sealed class RedemptionRound(Dictionary<string, RedeemableUnit> units, Dictionary<(string Caller, string Key), LedgerRequest> keys)
{
    private readonly Dictionary<long, long> _numbers = [];

    /// <summary>Units that are redeemed by this, with the till's time, their event's number and the device.</summary>
    public List<(RedeemableUnit Unit, long? ScannedAt, long No)> Redeemed { get; } = [];

    /// <summary>Units that a till let pass and should not have.</summary>
    public List<(RedeemableUnit Unit, ConflictingScan Scan)> Conflicts { get; } = [];

    /// <summary>Requests with a key that took effect.</summary>
    public List<(RedeemableUnit Unit, RequestMark By)> Requests { get; } = [];

    /// <summary>How many numbers each coupon's feed gives to this.</summary>
    public IReadOnlyDictionary<long, long> Numbers => _numbers;

    /// <summary>JSON about an event.</summary>
    public static string Detail(string device, long? scannedAt) => JsonSerializer.Serialize(
        scannedAt is { } at ? (object)new { device, scannedAt = at / 1_000 } : new { device }, JsonSerializerOptions.Web);

    /// <summary>Decides one.</summary>
    public RedemptionReply Decide(Redemption wanted)
    {
        // A code of another seller is as unknown as one that does not exist.
        if (!units.TryGetValue(wanted.Code, out var unit) || unit.Seller != wanted.By.Caller)
            return new RedemptionReply(RedemptionStatus.Unknown);
        if (wanted.By.Key is { } key && keys.TryGetValue((wanted.By.Caller, key), out var earlier))
        {
            return !earlier.IsRepeatedBy(wanted.By) ? new RedemptionReply(RedemptionStatus.OtherContent)
                : unit.RedeemedAt == earlier.At ? Success(unit)
                : new RedemptionReply(RedemptionStatus.Undone, RedeemedAt: unit.RedeemedAt, Device: unit.RedeemedDevice);
        }
        if (Refuse(unit) is { } refusal)
        {
            if (wanted.WasOffline)
            {
                Conflicts.Add((unit, new ConflictingScan(
                    Number(unit), wanted.By.Key!, wanted.Device, wanted.ScannedAt, ReasonOf(refusal), unit.RedeemedAt, unit.RedeemedDevice)));
            }
            return new RedemptionReply(refusal, RedeemedAt: unit.RedeemedAt, Device: unit.RedeemedDevice);
        }
        (unit.RedeemedAt, unit.RedeemedDevice) = (unit.Now, wanted.Device);
        Redeemed.Add((unit, wanted.ScannedAt, Number(unit)));
        if (wanted.By.Key is { } mine)
        {
            keys[(wanted.By.Caller, mine)] = new LedgerRequest(wanted.By.Hash, unit.Now);
            Requests.Add((unit, wanted.By));
        }
        return Success(unit);
    }

    private static RedemptionStatus? Refuse(RedeemableUnit unit) =>
        unit.RedeemedAt is not null ? RedemptionStatus.Again
        : unit.ReturnedAt is not null ? RedemptionStatus.Returned
        : unit.RedeemUntil <= unit.Now ? RedemptionStatus.TooLate
        : null;

    private static string ReasonOf(RedemptionStatus refusal) => refusal switch
    {
        RedemptionStatus.Again => "redeemed",
        RedemptionStatus.Returned => "returned",
        _ => "too-late",
    };

    private static RedemptionReply Success(RedeemableUnit unit) => new(RedemptionStatus.Redeemed, unit.Redeemed, unit.RedeemedAt, unit.RedeemedDevice);

    private long Number(RedeemableUnit unit) => unit.FeedSeq + (_numbers[unit.CouponId] = _numbers.GetValueOrDefault(unit.CouponId) + 1);
}

/// <summary>The unit of a code, as a transaction has it under the lock of its coupon's row. Times in microseconds since 1970.</summary>
internal sealed class RedeemableUnit
{
    public string Code { get; init; } = "";
    public long CouponId { get; init; }
    public string Seller { get; init; } = "";
    public string Coupon { get; init; } = "";
    public int Stock { get; init; }
    public long FeedSeq { get; init; }
    public long? RedeemUntil { get; init; }
    public string Username { get; init; } = "";
    public long? ReturnedAt { get; init; }
    public long? RedeemedAt { get; set; }
    public string? RedeemedDevice { get; set; }

    /// <summary>By the database's clock.</summary>
    public long Now { get; init; }

    /// <summary>As a till is told of it.</summary>
    public RedeemedUnit Redeemed => new(Coupon, Username, Stock);
}

/// <summary>What a till did while it was offline that it should not have.</summary>
internal sealed record ConflictingScan(long No, string Key, string Device, long? ScannedAt, string Reason, long? RedeemedAt, string? RedeemedDevice);
