using SecKill.Gateway.Coupons;

namespace SecKill.Tests.Unit.Coupons;

/// <summary>However many ask for a coupon, one call is under way, and each answer was read after its request.</summary>
public sealed class CouponReadsTests : IDisposable
{
    private static readonly CouponId _coupon = CouponId.Known("bob", "breakfast");

    private readonly List<TaskCompletionSource<CouponView?>> _calls = [];
    private readonly SemaphoreSlim _called = new(0);
    private readonly CouponReads _reads;

    public CouponReadsTests() => _reads = new CouponReads(_ =>
    {
        var call = new TaskCompletionSource<CouponView?>(TaskCreationOptions.RunContinuationsAsynchronously);
        _calls.Add(call);
        _called.Release();
        return call.Task;
    });

    [Fact]
    public async Task Who_asks_while_a_call_is_under_way_is_answered_by_the_next_one_together()
    {
        var first = _reads.ReadAsync(_coupon);
        await CalledAsync();
        var later = Enumerable.Range(0, 100).Select(_ => _reads.ReadAsync(_coupon)).ToArray();
        Assert.Single(_calls);

        _calls[0].SetResult(View(5));
        Assert.Equal(5, (await first)!.Left);
        await CalledAsync();
        _calls[1].SetResult(View(4));

        Assert.All(await Task.WhenAll(later), view => Assert.Equal(4, view!.Left));
        Assert.Equal(2, _calls.Count);
    }

    [Fact]
    public async Task A_call_that_fails_fails_those_who_wait_for_it_and_no_others()
    {
        var first = _reads.ReadAsync(_coupon);
        await CalledAsync();
        var second = _reads.ReadAsync(_coupon);
        _calls[0].SetException(new UnavailableException("down"));
        await Assert.ThrowsAsync<UnavailableException>(() => first);
        await CalledAsync();
        _calls[1].SetResult(null);

        Assert.Null(await second);
        var third = _reads.ReadAsync(_coupon);
        await CalledAsync();
        _calls[2].SetResult(View(3));
        Assert.Equal(3, (await third)!.Left);
    }

    [Fact]
    public async Task Another_coupon_does_not_wait()
    {
        _ = _reads.ReadAsync(_coupon);
        await CalledAsync();
        var other = _reads.ReadAsync(CouponId.Known("bob", "lunch"));
        await CalledAsync();
        _calls[1].SetResult(View(2));

        Assert.Equal(2, (await other)!.Left);
    }

    public void Dispose() => _called.Dispose();

    private Task CalledAsync() => _called.WaitAsync(TestContext.Current.CancellationToken);

    private static CouponView View(int left) => new("breakfast", 5, "", 10, left, SaleState.Open, null, null, null, null, 0);
}
