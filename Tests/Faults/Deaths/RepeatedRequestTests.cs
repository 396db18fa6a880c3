using SecKill.Tests.Faults.Drills;

namespace SecKill.Tests.Faults.Deaths;

/// <summary>Requests with a key of their own are answered by their repeat, whatever died since they were first sent.</summary>
[Collection(ClusterDrills.OfStores)]
public sealed class RepeatedRequestTests(ClusterDrills drills) : ClusterDrill(drills)
{
    [Fact]
    public async Task What_was_answered_503_while_mysql_hung_is_done_once_by_its_repeats()
    {
        var requests = new KeyedRequests(await SellersCoupon.CreateAsync(Cluster, 5));
        await Cluster.MySqlServer.SignalAsync("STOP");
        try
        {
            Assert.All(await requests.SendAsync(), answer => Assert.NotNull(Expect.Refused(answer, 503).Headers.RetryAfter));
        }
        finally
        {
            await Cluster.MySqlServer.SignalAsync("CONT");
        }

        await requests.MakeAsync();
        await requests.AreKnownAsync();
    }

    [Fact]
    public async Task Repeats_are_known_when_every_silo_was_killed_since()
    {
        var requests = new KeyedRequests(await SellersCoupon.CreateAsync(Cluster, 5));
        await requests.MakeAsync();

        await Task.WhenAll(Cluster.Silos.Select(silo => silo.KillAsync()));
        // One after the other: gateways take two silos of one address that start in the same second for one.
        foreach (var silo in Cluster.Silos)
            await silo.StartAsync();

        await requests.AreKnownAsync();
    }
}
