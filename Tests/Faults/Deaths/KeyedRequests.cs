using SecKill.Tests.Faults.Drills;

namespace SecKill.Tests.Faults.Deaths;

/// <summary>A pause and a creation, each sent with a key of its own, and the check of their repeats.</summary>
internal sealed class KeyedRequests(SellersCoupon coupon)
{
    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(90);

    private readonly Change _pause = Change.Pause("a");
    private readonly string _created = Names.Fresh("coupon");
    private readonly string _key = Names.Fresh("key");

    /// <summary>Sends both once.</summary>
    public Task<Answer[]> SendAsync() => Task.WhenAll(coupon.SendAsync(_pause), CreateAsync(5));

    /// <summary>Sends both until they are decided, and ends the pause.</summary>
    public async Task MakeAsync()
    {
        Assert.Equal(200, (await coupon.DecidedAsync(_pause)).Status);
        await CreatedAsync();
        Assert.Equal(200, (await coupon.DecidedAsync(Change.Resume())).Status);
    }

    /// <summary>Repeats are answered as at first, with the coupon as it is now. Nothing is done twice, and the keys serve nothing else.</summary>
    public async Task AreKnownAsync()
    {
        await CreatedAsync();
        var repeated = await coupon.DecidedAsync(_pause);
        Assert.Equal((200, "open"), (repeated.Status, repeated.Json!.Value.GetProperty("data").GetProperty("state").GetString()));
        Assert.Equal(422, (await coupon.DecidedAsync(_pause with { Body = new { reason = "b" } })).Status);
        Assert.Equal(422, (await CreateAsync(6)).Status);
        Assert.Single(await coupon.RecordedAsync(_pause));
    }

    private Task<Answer> CreateAsync(int amount) => coupon.CreateAnotherAsync(_created, amount, _key);

    private Task CreatedAsync() => Eventually.EqualAsync("the other coupon is created", 201, async () => (await CreateAsync(5)).Status, _soon);
}
