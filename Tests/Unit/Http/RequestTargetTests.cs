using Microsoft.AspNetCore.Http;
using SecKill.Gateway.Http;

namespace SecKill.Tests.Unit.Http;

/// <summary>A proxy and the gateway must see the same path; a name must be let through, whatever is in it.</summary>
public sealed class RequestTargetTests
{
    [Theory]
    [InlineData("/docs/../metrics", "/metrics")]
    [InlineData("/docs/%2e%2E/metrics", "/metrics")]
    [InlineData("/docs/.%2e/metrics", "/metrics")]
    [InlineData("/docs/./metrics", "/docs/metrics")]
    [InlineData("/docs/..", "/")]
    [InlineData("/docs/..?x", "/")]
    [InlineData("/api/users/%2E%2E/admin/placement", "/api/admin/placement")]
    [InlineData("/dashboard/x%2f..%2f..%2fdocs", "/dashboard/x%2f..%2f..%2fdocs")]
    [InlineData("/docs%5C..%5Cmetrics", "/docs\\..\\metrics")]
    [InlineData("/docs\\..\\metrics", "/docs\\..\\metrics")]
    [InlineData("/api/users/a\\b/coupons", "/api/users/a\\b/coupons")]
    [InlineData("/docs#/metrics", "/docs#/metrics")]
    [InlineData("/%6Detrics", "/metrics")]
    [InlineData("/api%2Fusers/a", "/api%2Fusers/a")]
    [InlineData("/api/users%2F..%2Fadmin", "/api/users%2F..%2Fadmin")]
    [InlineData("http://h/docs/../metrics", "/metrics")]
    [InlineData("http://h/docs%2F..%2Fmetrics", "/metrics")]
    [InlineData("http://h/api/users/a%2Fb/coupons", "/api/users/a/b/coupons")]
    [InlineData("http://h\\docs/metrics", "/docs/metrics")]
    [InlineData("docs:/metrics", "/metrics")]
    [InlineData("h:443", "")]
    public void A_target_of_which_there_are_two_readings_is_not_plain(string target, string routed) =>
        Assert.False(RequestTarget.IsPlain(target, new PathString(routed)));

    [Theory]
    [InlineData("/", "/")]
    [InlineData("*", "")]
    [InlineData("/docs/", "/docs/")]
    [InlineData("/docs/?../..\\#", "/docs/")]
    [InlineData("/.well-known/x..y/...", "/.well-known/x..y/...")]
    [InlineData("/dashboard/SiloStats/S10.0.0.1%3A11111%40123", "/dashboard/SiloStats/S10.0.0.1:11111@123")]
    [InlineData("/API/Users/%61/coupons/a%5C..%5Cb%2F.%2Fc", "/API/Users/a/coupons/a\\..\\b%2F.%2Fc")]
    [InlineData("/api/users/a/coupons/%252e%252e", "/api/users/a/coupons/%2e%2e")]
    [InlineData("/api/users/a/coupons/.%2e.", "/api/users/a/coupons/...")]
    [InlineData("/api/live/a/%2F%5c", "/api/live/a/%2F\\")]
    [InlineData("HTTP://h:1/api/users/%61/coupons", "/api/users/a/coupons")]
    [InlineData("https://h", "/")]
    public void A_target_of_which_there_is_one_reading_is(string target, string routed) =>
        Assert.True(RequestTarget.IsPlain(target, new PathString(routed)));
}
