using System.Runtime.CompilerServices;
using SecKill.Bench.Scenarios;
using SecKill.Tests.LocalServers.Api;

namespace SecKill.Research.Figures;

/// <summary>Claim throughput while a crowd registers and guesses passwords, beside undisturbed.</summary>
internal static class LogInFlood
{
    private const int Flooders = 64;
    private const int Victims = 16;
    private const string Password = "correct horse";

    public static async IAsyncEnumerable<Figure> MeasureAsync(TestBed bed, [EnumeratorCancellation] CancellationToken stop)
    {
        var product = await bed.ProductAsync(stop);
        var api = new ApiClient(product.Address);
        for (var i = 0; i < Victims; i++)
            Expect.Created(await api.RegisterAsync($"victim{i}", Password, Tokens.Customer));

        var (peace, flood, kept, answered, refused) = (new List<double>(), new List<double>(), new List<double>(), 0L, 0L);
        for (var round = 0; round < bed.Rounds; round++)
        {
            peace.Add((await bed.PlayAsync(LoadScenario.Sell, bed.Load(product), stop)).RequestsPerSecond);
            using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
            var flooders = Enumerable.Range(0, Flooders).Select(flooder => Task.Run(() => FloodAsync(flooder, round, end.Token), stop)).ToArray();
            flood.Add((await bed.PlayAsync(LoadScenario.Sell, bed.Load(product), stop)).RequestsPerSecond);
            await end.CancelAsync();
            await Task.WhenAll(flooders);
            kept.Add(flood[^1] / peace[^1]);
        }
        yield return new Figure("claims sold in peace", Statistics.Median(peace), "a second");
        yield return new Figure($"claims sold while {Flooders} clients register and guess passwords", Statistics.Median(flood), "a second");
        yield return new Figure("so much of the rate is kept", Statistics.Median(kept), "");
        yield return new Figure("registrations and log-ins answered", answered, "");
        yield return new Figure("answered 503", refused, "");

        async Task FloodAsync(int flooder, int round, CancellationToken end)
        {
            for (var i = 0; !end.IsCancellationRequested; i++)
            {
                var answer = flooder % 2 == 0
                    ? await api.RegisterAsync($"f{round}-{flooder}-{i}", Password, Tokens.Customer)
                    : await api.LogInAsync($"victim{(flooder + i) % Victims}", $"guess {i}");
                Interlocked.Increment(ref answer.Status == 503 ? ref refused : ref answered);
            }
        }
    }
}
