using System.Reflection;
using SecKill.Gateway.Accounts;
using SecKill.Grains.Accounts;
using SecKill.Grains.Interfaces.Sessions;

namespace SecKill.Tests.Integration.Stock;

/// <summary>The record of log-outs on both servers, and a gateway that reads it.</summary>
public abstract class LogOutRecordTests(StockSite site)
{
    private static readonly TimeSpan _step = TimeSpan.FromSeconds(2);

    private readonly TestClock _clock = new();

    [Fact]
    public async Task A_gateway_reads_all_of_it_then_what_is_new_and_all_again_when_redis_has_lost_it()
    {
        var record = await EmptyAsync();
        var (first, second, third) = (NewToken(), NewToken(), NewToken());
        await record.AddAsync(first);
        var start = await record.ReadLatestAsync(RevocationFeed.Nothing);
        Assert.True(start is { IsBehind: true, Tokens: [] });
        Assert.Equal([first], await AllAsync(record));
        // The clock of the silo that does the next one is behind.
        _clock.Set(TimeSpan.FromHours(-3));
        await record.AddAsync(second);
        await record.AddAsync(second);

        var next = await record.ReadLatestAsync(start.Position);
        Assert.Equal([second], next.Tokens);
        Assert.True(next is { IsBehind: false, HasMore: false });
        Assert.Empty((await record.ReadLatestAsync(next.Position)).Tokens);

        await site.FlushAllAsync();
        Assert.True((await record.ReadLatestAsync(next.Position)).IsBehind);
        Assert.Empty(await AllAsync(record));
        await record.AddAsync(third);
        Assert.True((await record.ReadLatestAsync(0)).IsBehind);
        Assert.Equal([third], await AllAsync(record));
    }

    [Fact]
    public async Task It_is_read_by_the_page_and_what_is_recorded_meanwhile_is_not_missed()
    {
        var record = await EmptyAsync();
        var entries = Enumerable.Range(0, 45_000).Select(i => new SortedSetEntry($"{_clock.GetUtcNow().ToUnixTimeSeconds() + i / 100}:{Guid.NewGuid():N}", 0)).ToArray();
        foreach (var chunk in entries.Chunk(5_000))
            await site.Database.SortedSetAddAsync("sessions:{log-outs}", chunk);
        await record.AddAsync(NewToken());
        var position = (await record.ReadLatestAsync(RevocationFeed.Nothing)).Position;
        var page = await record.ReadAllAsync("");
        Assert.Equal(20_000, page.Ids.Length);
        // It expires before the page's end.
        var early = NewToken(TimeSpan.FromSeconds(1));
        await record.AddAsync(early);

        var seen = new HashSet<Guid>(page.Ids);
        while (page.Next is { } next)
            seen.UnionWith((page = await record.ReadAllAsync(next)).Ids);

        Assert.Equal(entries.Length + 1, seen.Count);
        var feed = await record.ReadLatestAsync(position);
        Assert.False(feed.IsBehind);
        Assert.Equal([early], feed.Tokens);
    }

    [Fact]
    public async Task A_full_one_takes_no_more_but_answers_for_what_it_holds()
    {
        await EmptyAsync();
        var record = new LogOutRecord(site.Server, _clock, maxTokens: 2);
        var (first, second) = (NewToken(), NewToken());
        await record.AddAsync(first);
        await record.AddAsync(second);

        await Assert.ThrowsAsync<UnavailableException>(() => record.AddAsync(NewToken()));
        await record.AddAsync(first);
        Assert.Equal(2, await site.Database.SortedSetLengthAsync("sessions:{log-outs}"));
    }

    [Fact]
    public async Task A_token_stays_until_its_own_end_and_no_clock_that_ran_ahead_for_a_while_removes_it()
    {
        var record = await EmptyAsync();
        var (brief, longer) = (NewToken(TimeSpan.FromHours(2)), NewToken(TimeSpan.FromHours(8)));
        await record.AddAsync(longer);
        await record.AddAsync(brief);
        await PassAsync(record, TimeSpan.FromMinutes(90));

        _clock.Set(TimeSpan.FromDays(3));
        await PassAsync(record, TimeSpan.FromSeconds(4));
        _clock.Set(TimeSpan.FromDays(-3));
        Assert.Equal([brief, longer], await AllAsync(record));

        await PassAsync(record, TimeSpan.FromMinutes(31));
        Assert.Equal([longer], await AllAsync(record));
    }

    [Fact]
    public async Task What_an_earlier_version_has_recorded_is_taken_over()
    {
        var record = await EmptyAsync();
        var tokens = Enumerable.Range(0, 2_500).Select(i => NewToken(TimeSpan.FromSeconds(60 + i))).ToArray();
        await site.Database.SortedSetAddAsync("sessions:revoked", [.. tokens.Select((token, i) => new SortedSetEntry($"{token.Expires.ToUnixTimeSeconds() + 1}:{token.Id}", 1.8e15 + i))]);

        await record.TakeOverAsync();

        Assert.Equal(tokens, await AllAsync(record));
        Assert.False(await site.Database.KeyExistsAsync("sessions:revoked"));
    }

    [Theory]
    [InlineData(2, 3)]
    [InlineData(48, 30)]
    public async Task A_gateway_whose_clock_ran_ahead_for_some_seconds_still_refuses_what_was_logged_out(int hoursAhead, int seconds)
    {
        var record = await EmptyAsync();
        var gateway = Gateway(record);
        await PassAsync(gateway, TimeSpan.FromHours(2));
        var (before, meanwhile, after) = (NewToken(), NewToken(), NewToken());
        await record.AddAsync(before);
        await PassAsync(gateway, TimeSpan.FromSeconds(4));

        _clock.Set(TimeSpan.FromHours(hoursAhead));
        await record.AddAsync(meanwhile);
        await PassAsync(gateway, TimeSpan.FromSeconds(seconds));
        _clock.Set(TimeSpan.FromHours(-hoursAhead));
        await record.AddAsync(after);
        await PassAsync(gateway, TimeSpan.FromSeconds(4));

        Assert.All([before, meanwhile, after], token => Assert.True(IsRefused(gateway, token)));
        Assert.False(IsRefused(gateway, NewToken()));
    }

    [Fact]
    public async Task A_gateway_that_has_dropped_log_outs_by_a_wrong_clock_reads_them_again_and_refuses_meanwhile()
    {
        var record = await EmptyAsync();
        var (gateway, token, honest) = (Gateway(record), NewToken(TimeSpan.FromHours(6)), NewToken(TimeSpan.FromHours(6)));
        await record.AddAsync(token);
        Assert.True(await gateway.TryReadAsync(CancellationToken.None));
        // Long enough to be believed.
        _clock.Set(TimeSpan.FromDays(1));
        await PassAsync(gateway, TimeSpan.FromMinutes(62));
        _clock.Set(TimeSpan.FromDays(-1));
        Assert.True(IsRefused(gateway, token));
        Assert.True(IsRefused(gateway, honest));

        await PassAsync(gateway, TimeSpan.FromSeconds(2));

        Assert.True(IsRefused(gateway, token));
        Assert.False(IsRefused(gateway, honest));
    }

    private async Task<LogOutRecord> EmptyAsync()
    {
        await site.FlushAllAsync();
        return new LogOutRecord(site.Server, _clock);
    }

    private RevokedToken NewToken(TimeSpan? lifetime = null) =>
        new(Guid.NewGuid().ToString("N"), DateTimeOffset.FromUnixTimeSeconds((_clock.GetUtcNow() + (lifetime ?? TimeSpan.FromHours(1))).ToUnixTimeSeconds()));

    private static bool IsRefused(Revocations gateway, RevokedToken token) => gateway.Contains(Guid.Parse(token.Id), token.Expires.ToUnixTimeSeconds());

    private static async Task<IReadOnlyList<RevokedToken>> AllAsync(LogOutRecord record)
    {
        var all = new List<RevokedToken>();
        for (string? next = ""; next is not null;)
        {
            var page = await record.ReadAllAsync(next);
            all.AddRange(page.Ids.Select((id, i) => new RevokedToken(id.ToString("N"), DateTimeOffset.FromUnixTimeSeconds(page.Expiries[i]))));
            next = page.Next;
        }
        return all;
    }

    private async Task PassAsync(LogOutRecord record, TimeSpan time)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += _step * 10)
        {
            _clock.Advance(_step * 10);
            await record.TrimAsync();
        }
    }

    /// <summary>The gateway looks at its clock all the time, and asks at the end.</summary>
    private async Task PassAsync(Revocations gateway, TimeSpan time)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += _step)
        {
            _clock.Advance(_step);
            gateway.DropExpired();
        }
        Assert.True(await gateway.TryReadAsync(CancellationToken.None));
    }

    private Revocations Gateway(LogOutRecord record)
    {
        var grains = DispatchProxy.Create<IGrainFactory, OneGrain>();
        ((OneGrain)(object)grains).Grain = new UnpushedFeed(record);
        return new Revocations(grains, _clock, NullLogger<Revocations>.Instance);
    }

    public class OneGrain : DispatchProxy
    {
        public IRevocationGrain? Grain { get; set; }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => Grain;
    }

    /// <summary>The grain's end without its observers: what a gateway knows, it has read.</summary>
    private sealed class UnpushedFeed(LogOutRecord record) : IRevocationGrain
    {
        public Task Revoke(RevokedToken token) => record.AddAsync(token);

        public Task<RevocationFeed> Subscribe(IRevocationObserver observer, long after) => record.ReadLatestAsync(after);

        public Task<RevocationPage> ReadAll(string after) => record.ReadAllAsync(after);
    }
}

public sealed class LogOutRecordOnRedis(RedisSite site) : LogOutRecordTests(site), IClassFixture<RedisSite>;

public sealed class LogOutRecordOnGarnet(GarnetSite site) : LogOutRecordTests(site), IClassFixture<GarnetSite>;
