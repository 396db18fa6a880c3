using SecKill.Gateway.Accounts;
using SecKill.Grains.Interfaces.Sessions;

namespace SecKill.Tests.Unit.Auth;

/// <summary>What a gateway remembers of log-outs.</summary>
public sealed class LoggedOutTokensTests
{
    private readonly LoggedOutTokens _tokens = new();

    [Fact]
    public void Whatever_was_added_is_found_in_its_second_and_nothing_else()
    {
        var ids = Enumerable.Range(0, 3_000).Select(_ => Guid.NewGuid()).ToArray();
        var expiries = ids.Select((_, i) => 1_000L + i / 700).ToArray();
        _tokens.Add(new RevocationPage([.. expiries], [.. ids], null));
        foreach (var i in Enumerable.Range(0, ids.Length).Where(i => i % 7 == 0))
            _tokens.Add(ids[i], expiries[i]);
        _tokens.Add(Guid.Empty, 1_002);

        Assert.All(Enumerable.Range(0, ids.Length), i => Assert.True(_tokens.Contains(ids[i], expiries[i])));
        Assert.True(_tokens.Contains(Guid.Empty, 1_002));
        Assert.All(ids, id => Assert.False(_tokens.Contains(id, 2_000)));
        Assert.False(_tokens.Contains(Guid.NewGuid(), 1_000));
    }

    [Fact]
    public void What_was_dropped_is_refused_until_it_has_been_read_again()
    {
        var (old, late, honest) = (Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid());
        _tokens.Add(old, 1_000);
        _tokens.Add(late, 2_000);

        _tokens.DropBefore(1_500);
        Assert.True(_tokens.Contains(old, 1_000));
        Assert.True(_tokens.Contains(honest, 1_499));
        Assert.False(_tokens.Contains(honest, 1_500));
        Assert.True(_tokens.Contains(late, 2_000));

        _tokens.Add(old, 1_000);
        _tokens.AllIsKnown();
        Assert.True(_tokens.Contains(old, 1_000));
        Assert.False(_tokens.Contains(honest, 1_499));
    }

    [Fact]
    public async Task Whatever_is_added_at_once_is_all_there()
    {
        var ids = Enumerable.Range(0, 2_000).Select(_ => Guid.NewGuid()).ToArray();
        await Parallel.ForEachAsync(ids, TestContext.Current.CancellationToken, (id, _) =>
        {
            _tokens.Add(id, 1_000);
            return ValueTask.CompletedTask;
        });
        Assert.All(ids, id => Assert.True(_tokens.Contains(id, 1_000)));
    }

    [Fact]
    public void A_million_take_little_more_than_their_ids()
    {
        var ids = Enumerable.Range(0, 1_000_000).Select(_ => Guid.NewGuid()).ToArray();
        var page = new RevocationPage([.. ids.Select((_, i) => 1_000L + i / 300)], [.. ids], null);
        // All that this thread allocates, of which a part is garbage: other tests allocate meanwhile.
        var before = GC.GetAllocatedBytesForCurrentThread();
        _tokens.Add(page);
        var each = (GC.GetAllocatedBytesForCurrentThread() - before) / (double)ids.Length;
        Assert.True(each < 64, $"{each:0} bytes each");
    }
}
