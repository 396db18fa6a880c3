using System.Net;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using SecKill.Gateway.Limits;

namespace SecKill.Tests.Unit.Limits;

/// <summary>How much one address may ask for at once, and how many addresses are told apart.</summary>
public sealed class AccountLimitTests
{
    [Fact]
    public void By_default_205_registrations_and_205_log_ins_from_one_address_are_let_in_at_once()
    {
        var policy = new AccountLimit(Options.Create(new LimitOptions()), new ProxyHint(NullLogger<ProxyHint>.Instance));
        using var limiter = PartitionedRateLimiter.Create<HttpContext, int>(policy.GetPartition);
        var client = new DefaultHttpContext { Connection = { RemoteIpAddress = IPAddress.Loopback } };

        for (var i = 0; i < 410; i++)
        {
            using var lease = limiter.AttemptAcquire(client);
            Assert.True(lease.IsAcquired);
        }
    }

    [Fact]
    public void However_many_addresses_come_there_are_no_more_limits_than_are_to_be_remembered()
    {
        var buckets = Enumerable.Range(0, 200_000).Select(i => ClientAddress.BucketOf(new IPAddress(i))).ToList();

        Assert.All(buckets, bucket => Assert.InRange(bucket, 0, ClientAddress.Buckets - 1));
        // They spread: at random, 95 in 100 buckets are met by so many.
        Assert.InRange(buckets.Distinct().Count(), ClientAddress.Buckets / 10 * 9, ClientAddress.Buckets);
    }
}
