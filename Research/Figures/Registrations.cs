using System.Diagnostics;
using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using SecKill.Bench.Machine;

namespace SecKill.Research.Figures;

/// <summary>The cost of a registration: one password hash, as for a first log-in. Before a sale these dominate.</summary>
internal static class Registrations
{
    private const string Group = "accounts";
    private const int AtOnce = 4;

    public static async IAsyncEnumerable<Figure> MeasureAsync(TestBed bed, [EnumeratorCancellation] CancellationToken stop)
    {
        var product = await bed.ProductAsync(stop);
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = product.Address };
        var (clock, before, number) = (Stopwatch.StartNew(), CpuReading.Take(), 0);
        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(async _ =>
        {
            while (clock.Elapsed < bed.Options.Duration)
            {
                var name = $"r{Environment.ProcessId % 10_000}-{Interlocked.Increment(ref number)}";
                using var answer = await http.PostAsJsonAsync("/api/users", new { username = name, password = "correct horse", kind = "customer" }, stop);
                answer.EnsureSuccessStatusCode();
            }
        }));
        var (after, seconds) = (CpuReading.Take(), clock.Elapsed.TotalSeconds);
        yield return new Figure(Group, "registrations", number / seconds, "a second");
        foreach (var part in product.Processes)
            yield return new Figure(Group, $"processor time of the {part.Name} a registration", (after.Of(part.Pid) - before.Of(part.Pid)).TotalMilliseconds / number, "ms");
    }
}
