namespace SecKill.Tests.Faults.Drills;

/// <summary>What strikes a return or a redemption, and when.</summary>
public enum ReturnStrike
{
    /// <summary>Its silo is killed before the ledger's transaction is answered.</summary>
    SiloBeforeCommit,

    /// <summary>Its silo is killed when the ledger has the return, and Redis does not.</summary>
    SiloBeforeRedis,

    /// <summary>Redis is killed about when the ledger gets it, and started again.</summary>
    Redis,

    /// <summary>Redis loses everything when the ledger has the return, and Redis does not; the silo lives.</summary>
    RedisWiped,

    /// <summary>The silo of a redemption is killed before the ledger's transaction is answered.</summary>
    TillBeforeCommit,
}

/// <summary>Strikes what carries a return from one store to the other.</summary>
internal sealed class BetweenStores(ClusterDeployment cluster, SellersCoupon coupon, Random random)
{
    private const string ReturnStatement = "SET returned_at";
    private const string RedemptionStatement = "SET redeemed_at = ";

    private const int MaxAttempts = 50;
    private const int MaxLooks = 20;

    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(50);

    /// <summary>Strikes once, while units are returned and redeemed.</summary>
    /// <returns>Whether the ledger had a return that Redis lacked.</returns>
    public async Task<bool> StrikeAsync(ReturnStrike strike)
    {
        var said = strike == ReturnStrike.TillBeforeCommit ? RedemptionStatement : ReturnStatement;
        var isUnanswered = strike is ReturnStrike.SiloBeforeCommit or ReturnStrike.TillBeforeCommit;
        var silo = await LinkedCluster.HearAsync(cluster, said, isUnanswered ? LinkLoss.AnswerInSilence : LinkLoss.None);
        if (strike == ReturnStrike.Redis)
        {
            await Task.Delay(random.Next(10), TestContext.Current.CancellationToken);
            await cluster.RedisServer.KillAsync();
            await cluster.RedisServer.StartAsync();
            return false;
        }
        for (var attempt = 1; !isUnanswered && !await IsAheadAsync(silo); attempt++)
        {
            Assert.True(attempt < MaxAttempts, "No return was caught between the two stores.");
            cluster.Links[silo].Redis.Speak();
            silo = await LinkedCluster.HearAsync(cluster, said, LinkLoss.None);
        }
        if (strike == ReturnStrike.RedisWiped)
        {
            await cluster.Redis!.GetServers().Single().FlushAllDatabasesAsync();
            cluster.Links[silo].Redis.Speak();
            return true;
        }
        await Task.Delay(random.Next(50, 200), TestContext.Current.CancellationToken);
        await cluster.Silos[silo].KillAsync();
        // No other silo has the coupon yet.
        var (ledger, redis) = await coupon.BothReturnedAsync();
        cluster.Links[silo].Redis.Speak();
        await cluster.Silos[silo].StartAsync();
        return ledger > redis;
    }

    /// <summary>Parts a silo from Redis, and waits until the ledger has a return that Redis lacks.</summary>
    private async Task<bool> IsAheadAsync(int silo)
    {
        cluster.Links[silo].Redis.FallSilent();
        for (var look = 1; look <= MaxLooks; look++)
        {
            if (await coupon.BothReturnedAsync() is var (ledger, redis) && ledger > redis)
                return true;
            await Task.Delay(_look, TestContext.Current.CancellationToken);
        }
        // All returns that had asked how their customers stand were finished before.
        return false;
    }
}
