namespace SecKill.Tests.Integration.Stock;

/// <summary>A Redis that refuses is not reported as down: operators must look elsewhere.</summary>
public sealed class RefusalTests(RedisSite site) : IClassFixture<RedisSite>
{
    [Theory]
    [InlineData("maxmemory", "1", "0", "OOM")]
    [InlineData("min-replicas-to-write", "1", "0", "NOREPLICAS")]
    public async Task What_Redis_refuses_is_not_called_unanswered_and_sells_nothing(string setting, string refusing, string usual, string sign)
    {
        var coupon = await StockProbe.OpenAsync(site, 3);
        await coupon.ClaimAsync("anna");
        await site.Database.ExecuteAsync("CONFIG", "SET", setting, refusing);
        try
        {
            var fault = await Assert.ThrowsAsync<UnavailableException>(() => coupon.Stock.ClaimAsync(["bert", "carl"]));

            Assert.StartsWith("Redis refused: ", fault.Message, StringComparison.Ordinal);
            Assert.Contains(sign, fault.Message, StringComparison.Ordinal);
        }
        finally
        {
            await site.Database.ExecuteAsync("CONFIG", "SET", setting, usual);
        }
        Assert.Equal(StockState.Verified, await coupon.StateAsync());
        Assert.Equal([ClaimOutcome.AlreadyClaimed, ClaimOutcome.Claimed], await coupon.ClaimAsync("anna", "bert"));
        Assert.Equal(1, await coupon.FieldAsync("left"));
    }
}
