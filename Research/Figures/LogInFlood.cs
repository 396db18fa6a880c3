using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using SecKill.Bench.Scenarios;

namespace SecKill.Research.Figures;

/// <summary>Claim throughput while a crowd registers and guesses passwords, beside undisturbed.</summary>
internal static class LogInFlood
{
    private const string Group = "flood";
    private const int Flooders = 64;
    private const int Victims = 16;
    private const string Password = "correct horse";

    public static async IAsyncEnumerable<Figure> MeasureAsync(TestBed bed, [EnumeratorCancellation] CancellationToken stop)
    {
        var product = await bed.ProductAsync(stop);
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = product.Address };
        for (var i = 0; i < Victims; i++)
            (await RegisterAsync(http, $"victim{i}", stop)).EnsureSuccessStatusCode();

        var (peace, flood, kept, answered, refused) = (new List<double>(), new List<double>(), new List<double>(), 0L, 0L);
        for (var round = 0; round < bed.Options.Rounds; round++)
        {
            peace.Add((await bed.PlayAsync(SellScenario.RunAsync, bed.Load(product), stop)).RequestsPerSecond);
            using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
            var flooders = Enumerable.Range(0, Flooders).Select(flooder => Task.Run(() => FloodAsync(flooder, round, end.Token), stop)).ToArray();
            flood.Add((await bed.PlayAsync(SellScenario.RunAsync, bed.Load(product), stop)).RequestsPerSecond);
            await end.CancelAsync();
            await Task.WhenAll(flooders);
            kept.Add(flood[^1] / peace[^1]);
        }
        yield return new Figure(Group, "claims sold in peace", TestBed.Median(peace), "a second");
        yield return new Figure(Group, $"claims sold while {Flooders} clients register and guess passwords", TestBed.Median(flood), "a second");
        yield return new Figure(Group, "so much of the rate is kept", TestBed.Median(kept), "");
        yield return new Figure(Group, "registrations and log-ins answered", answered, "");
        yield return new Figure(Group, "told to come again (503)", refused, "");

        async Task FloodAsync(int flooder, int round, CancellationToken end)
        {
            for (var i = 0; !end.IsCancellationRequested; i++)
            {
                try
                {
                    using var answer = flooder % 2 == 0
                        ? await RegisterAsync(http, $"f{round}-{flooder}-{i}", end)
                        : await http.PostAsJsonAsync("/api/auth", new { username = $"victim{(flooder + i) % Victims}", password = $"guess {i}" }, end);
                    Interlocked.Increment(ref answer.StatusCode == System.Net.HttpStatusCode.ServiceUnavailable ? ref refused : ref answered);
                }
                catch (OperationCanceledException) when (end.IsCancellationRequested)
                {
                    return;
                }
            }
        }
    }

    private static Task<HttpResponseMessage> RegisterAsync(HttpClient http, string name, CancellationToken stop) =>
        http.PostAsJsonAsync("/api/users", new { username = name, password = Password, kind = "customer" }, stop);
}
