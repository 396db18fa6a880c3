using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Serialization;
using SecKill.Tests.LocalServers.Deployments;

namespace SecKill.Bench.Cluster;

/// <summary>The number of coupons by silo, from a gateway's operators' route.</summary>
internal static class PlacementReading
{
    // A killed silo still counts as a member for some seconds, and does not answer.
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(200);

    private static readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(10) };

    /// <summary>Asks the first gateway that runs.</summary>
    /// <returns>How many coupons are active on each of the cluster's silos, in their order.</returns>
    /// <exception cref="BenchException">It cannot tell.</exception>
    public static async Task<IReadOnlyList<(Member Silo, int Coupons)>> TakeAsync(LocalCluster cluster, CancellationToken stop)
    {
        for (var clock = Stopwatch.StartNew(); ; await Task.Delay(_pause, stop))
        {
            if (!cluster.GatewayMembers.Any(gateway => gateway.Node.IsRunning))
                throw new BenchException("No gateway runs that could tell where the coupons are.");
            try
            {
                return await AskAsync(cluster, stop);
            }
            catch (Exception fault) when (fault is HttpRequestException or IOException or TaskCanceledException && !stop.IsCancellationRequested)
            {
                if (clock.Elapsed > _timeout)
                    throw new BenchException($"{cluster.Address} does not tell where the coupons are: {fault.Message}");
            }
        }
    }

    private static async Task<IReadOnlyList<(Member Silo, int Coupons)>> AskAsync(LocalCluster cluster, CancellationToken stop)
    {
        var silos = cluster.SiloMembers;
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(cluster.Address, "/api/admin/placement"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", cluster.AdminKey);
        using var answer = await _http.SendAsync(request, stop);
        answer.EnsureSuccessStatusCode();
        var placement = await answer.Content.ReadFromJsonAsync<PlacementList>(stop);
        // A silo killed a moment ago may still be listed.
        return [.. silos.Select(silo => (silo, placement!.Data.Where(one => PortOf(one.Silo) == silo.Node.SiloPort).Sum(one => one.Coupons)))];
    }

    // 127.0.0.1:11111@1234
    private static int PortOf(string silo) => int.Parse(silo[(silo.LastIndexOf(':') + 1)..silo.LastIndexOf('@')]);

    private sealed record PlacementList([property: JsonPropertyName("data")] IReadOnlyList<Placement> Data);

    private sealed record Placement([property: JsonPropertyName("silo")] string Silo, [property: JsonPropertyName("coupons")] int Coupons);
}
