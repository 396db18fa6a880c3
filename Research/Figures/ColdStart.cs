using System.Diagnostics;
using System.Runtime.CompilerServices;
using SecKill.Research.Compare.Contenders;
using SecKill.Tests.LocalServers.Deployments;

namespace SecKill.Research.Figures;

/// <summary>From the start of the embedded gateway's process until it says that it is ready.</summary>
internal static class ColdStart
{
    public static async IAsyncEnumerable<Figure> MeasureAsync(TestBed bed, [EnumeratorCancellation] CancellationToken stop)
    {
        var seconds = new List<double>();
        for (var round = 0; round < bed.Rounds; round++)
        {
            stop.ThrowIfCancellationRequested();
            await using var embedded = new EmbeddedDeployment(Product.SettingsFor(bed.Terms), programs: bed.Programs);
            var clock = Stopwatch.StartNew();
            await embedded.StartAsync();
            seconds.Add(clock.Elapsed.TotalSeconds);
        }
        yield return new Figure("embedded: from the start until it is ready", Statistics.Median(seconds), "s");
    }
}
