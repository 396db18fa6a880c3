namespace SecKill.Grains.Recovery;

/// <summary>A coupon's terms as its hash in Redis has them, whatever state the stock is in.</summary>
/// <param name="Identity">Of the ledger's row; null where the hash has none.</param>
/// <param name="Version">Of the terms; 0 where it has none.</param>
/// <param name="Terms">The terms; null where it has no version.</param>
/// <param name="Floor">The row and the version below which it must not be opened; null for none.</param>
internal sealed record TermsInRedis(long? Identity, long Version, StockTerms? Terms, (long Identity, long Version)? Floor)
{
    private static readonly RedisValue[] _fields = ["identity", "version", "amount", "starts", "ends", "opened", "ended", "paused", "floor"];

    /// <summary>Reads them.</summary>
    /// <exception cref="UnavailableException">Redis does not answer.</exception>
    public static Task<TermsInRedis> ReadAsync(StockServer server, RedisKey hash) => StockServer.Guard(async () =>
    {
        var fields = await server.Database.HashGetAsync(hash, _fields, CommandFlags.DemandMaster);
        var hasTerms = fields[1].TryParse(out long version) & fields[2].TryParse(out int amount);
        return new TermsInRedis(
            NumberIn(fields[0]), hasTerms ? version : 0,
            hasTerms ? new StockTerms(amount, NumberIn(fields[3]), NumberIn(fields[4]), NumberIn(fields[5]), NumberIn(fields[6]), fields[7] == "1") : null,
            FloorIn(fields[8]));
    });

    /// <summary>Whether they are of this row of the ledger, and later than its own.</summary>
    public bool AreLaterThan(LedgerCoupon row) => Terms is not null && Identity == row.Key.Identity && Version > row.Version;

    /// <summary>Whether the stock was stopped at a later version than this row of the ledger has.</summary>
    public bool AreStoppedAfter(LedgerCoupon row) => Floor is { } floor && floor.Identity == row.Key.Identity && floor.Version > row.Version;

    /// <summary>A field's number; null where it is missing, or empty.</summary>
    public static long? NumberIn(RedisValue field) => !field.IsNullOrEmpty && field.TryParse(out long number) ? number : null;

    private static (long, long)? FloorIn(RedisValue field) =>
        $"{field}".Split(':') is [var identity, var version] && long.TryParse(identity, NumberStyles.None, CultureInfo.InvariantCulture, out var of)
            && long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var least) ? (of, least) : null;
}
