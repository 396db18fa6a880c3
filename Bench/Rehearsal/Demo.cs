using System.Security.Cryptography;
using SecKill.Bench.Tokens;
using SecKill.Tests.Deployments;
using SecKill.Tests.Servers;

namespace SecKill.Bench.Rehearsal;

/// <summary>The embedded product with one sale after the other, to be looked at; its data are gone afterwards.</summary>
internal static class Demo
{
    // Longer than anybody looks.
    private static readonly TimeSpan _tokenLifetime = TimeSpan.FromDays(7);

    /// <summary>Plays sales until it is stopped.</summary>
    /// <param name="gateway">The gateway's program.</param>
    /// <param name="address">Where it is to listen.</param>
    /// <param name="sale">What each sale is like; server and tokens are filled in.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>Whether the server kept its word in each sale.</returns>
    /// <exception cref="BenchException">The product does not start, or refuses.</exception>
    public static async Task<bool> RunAsync(string gateway, Uri address, RehearsalOptions sale, CancellationToken stop)
    {
        var key = RandomNumberGenerator.GetBytes(32);
        var folder = RunFolder.Create("demo");
        try
        {
            await using var node = new Node(gateway, address, new Dictionary<string, string?>
            {
                ["Data__Folder"] = folder,
                ["Auth__SigningKey"] = Convert.ToBase64String(key),
                [ClientSettings.InlineCompletions] = null,
                // A developer's own shell must not turn this into a cluster.
                ["ConnectionStrings__Redis"] = null,
                ["ConnectionStrings__MySql"] = null,
            });
            await Console.Error.WriteLineAsync($"Starting the service at {address} …");
            await StartAsync(node);
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
        finally
        {
            RunFolder.Delete(folder);
        }
    }

    private static async Task StartAsync(Node node)
    {
        try
        {
            await node.StartAsync();
        }
        catch (InvalidOperationException fault)
        {
            throw new BenchException(fault.Message);
        }
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
