namespace SecKill.Tests.Faults.Drills;

/// <summary>Long: Redis dies, freezes and loses data repeatedly during a sale.</summary>
[Collection(Alone.Name)]
public sealed class RedisDrills
{
    [Fact(Explicit = true)]
    public async Task Kill_redis()
    {
        await using var drill = await Drill.StartAsync("kill Redis", DrillTerms.Seed);
        await drill.RunAsync(DrillTerms.Rounds(50), () => Faults.KillRedis(drill), lastsAtMostMs: 1_000);
    }

    [Fact(Explicit = true)]
    public async Task Freeze_redis()
    {
        await using var drill = await Drill.StartAsync("freeze Redis", DrillTerms.Seed);
        await drill.RunAsync(DrillTerms.Rounds(15), () => Faults.FreezeRedis(drill), lastsAtMostMs: 12_000);
        Assert.True(drill.Sale.Slowest < Sale.Answered, $"Some claim was answered only after {drill.Sale.Slowest.TotalSeconds:0.0} s.");
    }

    [Fact(Explicit = true)]
    public async Task Lose_redis_data()
    {
        await using var drill = await Drill.StartAsync("Redis loses data", DrillTerms.Seed);
        await drill.RunAsync(DrillTerms.Rounds(40), () => drill.Random.Next(3) switch
        {
            0 => Faults.WipeRedis(drill),
            1 => Faults.OlderFile(drill),
            _ => Faults.LoseKey(drill),
        }, lastsAtMostMs: 1);
    }
}
