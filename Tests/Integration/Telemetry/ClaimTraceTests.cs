namespace SecKill.Tests.Integration.Telemetry;

/// <summary>A claim can be traced through gateway and silo by what they export over OTLP.</summary>
[Collection(WatchedSale.Name)]
public sealed class ClaimTraceTests(WatchedSale watched)
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task From_its_request_through_gateway_silo_and_redis_into_the_ledger()
    {
        var (api, seller, customer) = await SellerAsync();
        Expect.Claimed(await api.ClaimAsync(customer, seller, "c"));

        var spans = await Eventually.HoldsAsync(
            "the claim's trace arrives", "with its drain", () => Task.FromResult(TraceOf(seller)), trace => trace.Any(span => span.Name == "drain") && trace.Any(span => span.Name == "PATCH"), _limit);
        var byId = spans.ToDictionary(span => span.Id);
        string[] way = ["ledger transaction", "drain"];
        Assert.Equal(way, Ancestors("ledger transaction").Take(2).Select(span => span.Name));
        // The silo's span for the call of the grain is below the gateway's for the same.
        var claim = Ancestors("EVALSHA claim").ToList();
        Assert.Equal("PATCH", claim[^1].Name);
        Assert.Equal("claims call", claim[^2].Name);
        Assert.Equal(["seckill-silo", "seckill-gateway"], claim.Select(span => span.Service).Distinct());
        Assert.Equal(2, claim.Count(span => span.Source == "Microsoft.Orleans.Application"));
        // The drain span descends from the claim's.
        Assert.Contains(Ancestors("drain").Skip(1).First(), claim);
        await Eventually.HoldsAsync("metrics arrive", "some", () => Task.FromResult(watched.Receiver.Metrics), count => count > 0, _limit);

        IEnumerable<Span> Ancestors(string name)
        {
            for (var span = spans.First(one => one.Name == name); span is not null; span = byId.GetValueOrDefault(span.Parent))
                yield return span;
        }
    }

    [Fact]
    public async Task That_travels_with_others_it_is_linked_to_the_call_of_all_of_them()
    {
        var (api, seller, _) = await SellerAsync();
        var tokens = new Tokens(watched.Cluster.SigningKey);

        var (call, linked) = await Eventually.HoldsAsync(
            "claims travel together", "a call with links",
            async () =>
            {
                await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => api.ClaimAsync(tokens.Mint(Names.Fresh("c"), Tokens.Customer), seller, "c")));
                var spans = watched.Receiver.Spans;
                var requests = spans.Where(IsOfSeller).ToDictionary(span => span.Id);
                return spans.Where(span => span.Name == "claims call" && span.Links.Count > 0 && span.Links.All(requests.ContainsKey))
                    .Select(span => (Call: span, Requests: span.Links.Select(link => requests[link]).ToList())).FirstOrDefault();
            },
            found => found.Call is not null, _limit);

        Assert.All(linked, request => Assert.Contains(call.Id, request.Links));
        Assert.DoesNotContain(call.Parent, call.Links);

        bool IsOfSeller(Span span) => span.Name == "PATCH" && span.Texts.Any(text => text.Contains(seller, StringComparison.Ordinal));
    }

    private List<Span> TraceOf(string seller)
    {
        var spans = watched.Receiver.Spans;
        var request = spans.FirstOrDefault(span => span.Name == "PATCH" && span.Texts.Any(text => text.Contains(seller, StringComparison.Ordinal)));
        return request is null ? [] : [.. spans.Where(span => span.Trace == request.Trace)];
    }

    private async Task<(ApiClient Api, string Seller, string Customer)> SellerAsync()
    {
        var tokens = new Tokens(watched.Cluster.SigningKey);
        var (api, seller) = (new ApiClient(watched.Cluster.Gateways[0]), Names.Fresh("seller"));
        Expect.Created(await api.CreateAsync(tokens.Mint(seller, Tokens.Seller), seller, "c", 1_000_000));
        return (api, seller, tokens.Mint(Names.Fresh("c"), Tokens.Customer));
    }
}
