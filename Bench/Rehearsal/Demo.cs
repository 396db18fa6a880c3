using System.Security.Cryptography;
using SecKill.Bench.Cluster;
using SecKill.Bench.Tokens;
using SecKill.Tests.LocalServers.Deployments;

namespace SecKill.Bench.Rehearsal;

/// <summary>The embedded product with one sale after the other, to watch; its data are deleted afterwards.</summary>
internal static class Demo
{
    // Longer than any demo runs.
    private static readonly TimeSpan _tokenLifetime = TimeSpan.FromDays(7);

    /// <summary>Plays sales until it is stopped.</summary>
    /// <param name="programs">The product's programs.</param>
    /// <param name="address">The address to listen on.</param>
    /// <param name="sale">The template of each sale; server and tokens are filled in.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>Whether the server kept its word in each sale.</returns>
    /// <exception cref="BenchException">The port is taken, or the product does not start, or refuses.</exception>
    public static async Task<bool> RunAsync(ProductPrograms programs, Uri address, RehearsalOptions sale, CancellationToken stop)
    {
        LocalPort.RefuseTaken(address.Port);
        var key = RandomNumberGenerator.GetBytes(32);
        var settings = new Dictionary<string, string?>(ClientSettings.OfServers) { ["Auth__SigningKey"] = Convert.ToBase64String(key) };
        await using var service = new EmbeddedDeployment(settings, address: address, programs: programs);
        await Console.Error.WriteLineAsync($"Starting the service at {address} …");
        await service.StartAsync();
        await Console.Error.WriteLineAsync($"""

            Watch the sales live:  {address}
            Ctrl+C ends it. Its data are thrown away.

            """);
        var server = sale.Server with
        {
            Urls = [address.OriginalString],
            Tokens = new TokenTerms(key, "seckill", "seckill", _tokenLifetime),
        };
        return await PlayAsync(sale with { Server = server }, stop);
    }

    private static async Task<bool> PlayAsync(RehearsalOptions options, CancellationToken stop)
    {
        var keptItsWord = true;
        while (!stop.IsCancellationRequested)
        {
            var sale = new SaleProgress(options);
            try
            {
                var result = await RehearsalDisplay.RunAsync(isQuiet: false, sale, progress => SaleRehearsal.RunAsync(sale, progress, stop));
                keptItsWord &= result.Passed;
                await Console.Error.WriteLineAsync($"A sale has ended: {result.Claims.Won:N0} won, {result.Claims.Refused:N0} refused{(result.Passed ? "" : ", and a check FAILED")}.");
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                // While the next sale was set up.
            }
        }
        return keptItsWord;
    }
}
