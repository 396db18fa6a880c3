using SecKill.Tests.Guarantees;
using Xunit;

namespace SecKill.Tests.Drills;

/// <summary>Long: processes of the product die, stop and freeze, time and again, while it sells.</summary>
[Collection(Alone.Name)]
public sealed class ProcessDrills
{
    [Fact(Explicit = true)]
    public async Task Kill_silo_or_gateway()
    {
        await using var drill = await Drill.StartAsync("kill a silo or gateway", DrillTerms.Seed);
        await using var crowd = new Crowd(drill.Sale, drill.Seed);
        crowd.Start();
        var (silos, gateways) = (new Durations(), new Durations());
        for (var round = 1; round <= DrillTerms.Rounds(50); round++)
        {
            await drill.PauseAsync(1_000);
            var isSilo = drill.Random.Next(3) > 0;
            var fault = isSilo ? Faults.KillSilo(drill) : Faults.KillGateway(drill);
            await fault.StrikeAsync();
            var resumed = await drill.ResumesAsync();
            (isSilo ? silos : gateways).Add(resumed);
            drill.Report.Note($"{round}: {fault.Name}, sold again after {resumed.TotalSeconds:0.0} s; {drill.Sale.Wins} wins");
            await fault.HealAsync();
            await drill.ResumesAsync();
        }
        await crowd.StopAsync();
        await drill.CheckAsync();
        drill.Report.Figure($"0 lost, 0 oversold of {drill.Sale.Wins} wins; sold again after a silo's death: {silos}; after a gateway's: {gateways}; slowest answer {drill.Sale.Slowest.TotalSeconds:0.0} s");
    }

    [Fact(Explicit = true)]
    public async Task Kill_redis()
    {
        await using var drill = await Drill.StartAsync("kill Redis", DrillTerms.Seed);
        await using var crowd = new Crowd(drill.Sale, drill.Seed);
        crowd.Start();
        var back = new Durations();
        for (var round = 1; round <= DrillTerms.Rounds(50); round++)
        {
            await drill.PauseAsync(2_000);
            var fault = Faults.KillRedis(drill);
            await fault.StrikeAsync();
            await fault.HealAsync();
            var resumed = await drill.ResumesAsync();
            back.Add(resumed);
            drill.Report.Note($"{round}: {fault.Name} and started, sold again after {resumed.TotalSeconds:0.0} s; {drill.Sale.Wins} wins");
        }
        await crowd.StopAsync();
        await drill.CheckAsync();
        drill.Report.Figure($"0 lost, 0 oversold of {drill.Sale.Wins} wins; sold again after Redis was back: {back}; slowest answer {drill.Sale.Slowest.TotalSeconds:0.0} s");
    }
}
