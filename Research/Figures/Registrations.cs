using System.Diagnostics;
using System.Runtime.CompilerServices;
using SecKill.Bench.Machine;
using SecKill.Tests.LocalServers.Api;

namespace SecKill.Research.Figures;

/// <summary>The cost of a registration: one password hash, as for a first log-in. Before a sale these dominate.</summary>
internal static class Registrations
{
    private const int AtOnce = 4;

    public static async IAsyncEnumerable<Figure> MeasureAsync(TestBed bed, [EnumeratorCancellation] CancellationToken stop)
    {
        var product = await bed.ProductAsync(stop);
        var api = new ApiClient(product.Address);
        var (clock, before, number) = (Stopwatch.StartNew(), CpuReading.Take(), 0);
        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(async _ =>
        {
            while (clock.Elapsed < bed.Options.Measurement.Duration && !stop.IsCancellationRequested)
                Expect.Created(await api.RegisterAsync($"r{Environment.ProcessId % 10_000}-{Interlocked.Increment(ref number)}", "correct horse", Tokens.Customer));
        }));
        stop.ThrowIfCancellationRequested();
        var (after, seconds) = (CpuReading.Take(), clock.Elapsed.TotalSeconds);
        yield return new Figure("registrations", number / seconds, "a second");
        foreach (var part in product.Processes)
            yield return new Figure($"processor time of the {part.Name} a registration", (after.Of(part.Pid) - before.Of(part.Pid)).TotalMilliseconds / number, "ms");
    }
}
