using System.Buffers.Text;
using System.Collections.Immutable;
using SecKill.Grains.Interfaces.Sessions;
using SecKill.ServiceDefaults.Time;

namespace SecKill.Grains.Accounts;

/// <summary>
/// The log-outs in Redis: all whose tokens have not expired, in order of expiry, and the latest of them by number, for gateways
/// that know the rest. Read in pages, and bounded; a token stays until it has expired by a clock that is believed (<see cref="BelievedClock"/>).
/// </summary>
internal sealed class LogOutRecord(StockServer server, TimeProvider time, int maxTokens = LogOutRecord.MaxTokens)
{
    /// <summary>How many it holds at most: some 550 MB in Redis, and 100 MB at each gateway.</summary>
    public const int MaxTokens = 4_000_000;

    // Those of a minute, at a thousand a second; a gateway asks every 2 s.
    private const int Latest = 50_000;
    private const int LatestPerPage = 5_000;
    private const int PerPage = 20_000;
    private const int TrimmedAtOnce = 1_000;
    private const int MaxTrims = 20;

    // Seconds since 1970 have ten digits until 2286, so that the order of the text is that of the numbers.
    private const int ExpiryDigits = 10;

    private readonly BelievedClock _clock = new(time, BelievedClock.Patience);

    /// <summary>Idempotent.</summary>
    /// <exception cref="UnavailableException">Redis did not answer, or there is no room.</exception>
    public async Task AddAsync(RevokedToken token)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds() * 1000;
        var reply = await server.EvaluateAsync(Script.Logout, StockKeys.LogOuts, MemberOf(token.Expires.ToUnixTimeSeconds(), token.Id), now, maxTokens, Latest);
        if ((int)reply[0] == 0)
            throw new UnavailableException($"The record of log-outs is full: {maxTokens} tokens that have not expired yet.");
    }

    /// <summary>What was added after a position.</summary>
    /// <exception cref="UnavailableException">Redis cannot be reached.</exception>
    public Task<RevocationFeed> ReadLatestAsync(long after) => StockServer.Guard(async () =>
    {
        var (redis, key) = (server.Database, StockKeys.LogOuts[1]);
        // In one round-trip, and the ends last: what is cut off at the beginning meanwhile then counts as missed.
        var reading = redis.SortedSetRangeByScoreWithScoresAsync(key, after, exclude: Exclude.Start, take: LatestPerPage, flags: CommandFlags.DemandMaster);
        var readingFirst = redis.SortedSetRangeByRankWithScoresAsync(key, 0, 0, flags: CommandFlags.DemandMaster);
        var readingLast = redis.SortedSetRangeByRankWithScoresAsync(key, -1, -1, flags: CommandFlags.DemandMaster);
        var (found, first, last) = (await reading, NumberOf(await readingFirst), NumberOf(await readingLast));
        // A position beyond the last was given by a Redis that has lost its data since.
        if (after < first || after > last)
            return new RevocationFeed([], last, IsBehind: true, HasMore: false);
        var tokens = Array.ConvertAll(found, entry => TokenOf((string)entry.Element!));
        return new RevocationFeed(tokens, found.Length > 0 ? (long)found[^1].Score : after, IsBehind: false, HasMore: found.Length == LatestPerPage);
    });

    /// <exception cref="UnavailableException">Redis cannot be reached.</exception>
    public Task<RevocationPage> ReadAllAsync(string after) => StockServer.Guard(async () =>
    {
        var members = await server.Database.SortedSetRangeByValueAsync(
            StockKeys.LogOuts[0], after.Length > 0 ? after : default(RedisValue), exclude: Exclude.Start, take: PerPage, flags: CommandFlags.DemandMaster);
        var (expiries, ids) = (ImmutableArray.CreateBuilder<long>(members.Length), ImmutableArray.CreateBuilder<Guid>(members.Length));
        foreach (var member in members)
        {
            var text = ((ReadOnlyMemory<byte>)member).Span;
            // Nothing else writes there; but what cannot be read must not keep gateways from starting.
            if (!Utf8Parser.TryParse(text, out long expiry, out var end) || !Utf8Parser.TryParse(text[(end + 1)..], out Guid id, out _, 'N'))
                continue;
            expiries.Add(expiry);
            ids.Add(id);
        }
        return new RevocationPage(expiries.ToImmutable(), ids.ToImmutable(), members.Length == PerPage ? (string)members[^1]! : null);
    });

    /// <summary>Removes what has expired; to be called every few seconds, since it removes so many at a time.</summary>
    /// <exception cref="UnavailableException">Redis cannot be reached.</exception>
    public async Task TrimAsync()
    {
        var end = _clock.Read().ToUnixTimeSeconds();
        if (end < 0)
            return;
        var key = StockKeys.LogOuts[0];
        for (var trims = 0; trims < MaxTrims; trims++)
        {
            var expired = await StockServer.Guard(() => server.Database.SortedSetRangeByValueAsync(
                key, default, Digits(end), Exclude.Stop, take: TrimmedAtOnce, flags: CommandFlags.DemandMaster));
            if (expired.Length > 0)
                await server.WriteAsync(redis => redis.SortedSetRemoveAsync(key, expired, CommandFlags.DemandMaster));
            if (expired.Length < TrimmedAtOnce)
                return;
        }
    }

    /// <summary>Takes over what earlier versions have recorded, under another key and scored by the time of the log-out.</summary>
    /// <exception cref="UnavailableException">Redis cannot be reached.</exception>
    public async Task TakeOverAsync()
    {
        var from = StockKeys.EarlierLogOuts;
        while (await StockServer.Guard(() => server.Database.SortedSetRangeByRankAsync(from, 0, TrimmedAtOnce - 1, flags: CommandFlags.DemandMaster)) is { Length: > 0 } members)
        {
            // They rounded the expiry up, always by a second.
            var entries = Array.ConvertAll(members, member => TokenOf((string)member!) is var token
                ? new SortedSetEntry(MemberOf(token.Expires.ToUnixTimeSeconds() - 1, token.Id), 0)
                : default);
            await server.WriteAsync(redis => redis.SortedSetAddAsync(StockKeys.LogOuts[0], entries, CommandFlags.DemandMaster));
            await server.WriteAsync(redis => redis.SortedSetRemoveAsync(from, members, CommandFlags.DemandMaster));
        }
    }

    private static long NumberOf(SortedSetEntry[] entries) => entries is [var entry] ? (long)entry.Score : 0;

    private static string Digits(long seconds) => seconds.ToString($"D{ExpiryDigits}", CultureInfo.InvariantCulture);

    private static string MemberOf(long expiry, string id) => $"{Digits(expiry)}:{id}";

    private static RevokedToken TokenOf(string member)
    {
        var colon = member.IndexOf(':', StringComparison.Ordinal);
        var expires = DateTimeOffset.FromUnixTimeSeconds(long.Parse(member.AsSpan(0, colon), CultureInfo.InvariantCulture));
        return new RevokedToken(member[(colon + 1)..], expires);
    }
}
