namespace SecKill.Tests.Faults.Drills;

/// <summary>Long: Redis dies, freezes and loses data repeatedly during a sale.</summary>
[Collection(Alone.Name)]
public sealed class RedisDrills
{
    [Fact(Explicit = true)]
    public async Task Kill_redis()
    {
        await using var drill = await Drill.StartAsync("kill Redis", DrillTerms.Seed);
        var resumed = await drill.StrikeAsync(DrillTerms.Rounds(50), () => Faults.KillRedis(drill), lastsAtMostMs: 1_000);
        await drill.CheckAsync();
        drill.Report.Figure($"0 lost, 0 oversold of {drill.Sale.Wins} wins; sold again after Redis was back: {resumed}; slowest answer {drill.Sale.Slowest.TotalSeconds:0.0} s");
    }

    [Fact(Explicit = true)]
    public async Task Freeze_redis()
    {
        await using var drill = await Drill.StartAsync("freeze Redis", DrillTerms.Seed);
        var resumed = await drill.StrikeAsync(DrillTerms.Rounds(15), () => Faults.FreezeRedis(drill), lastsAtMostMs: 12_000);
        await drill.CheckAsync();
        Assert.True(drill.Sale.Slowest < Sale.Answered, $"Some claim was answered only after {drill.Sale.Slowest.TotalSeconds:0.0} s.");
        drill.Report.Figure($"0 lost, 0 oversold of {drill.Sale.Wins} wins; sold again after Redis woke: {resumed}; slowest answer {drill.Sale.Slowest.TotalSeconds:0.0} s");
    }

    [Fact(Explicit = true)]
    public async Task Lose_redis_data()
    {
        await using var drill = await Drill.StartAsync("Redis loses data", DrillTerms.Seed);
        var resumed = await drill.StrikeAsync(DrillTerms.Rounds(40), () => drill.Random.Next(3) switch
        {
            0 => Faults.WipeRedis(drill),
            1 => Faults.OlderFile(drill),
            _ => Faults.LoseKey(drill),
        }, lastsAtMostMs: 1);
        await drill.CheckAsync();
        drill.Report.Figure($"0 lost, 0 oversold of {drill.Sale.Wins} wins; sold again: {resumed}; slowest answer {drill.Sale.Slowest.TotalSeconds:0.0} s");
    }
}
