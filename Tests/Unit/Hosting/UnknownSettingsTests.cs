using Microsoft.Extensions.Configuration;
using SecKill.Gateway.Limits;
using SecKill.Grains.Claims;
using SecKill.ServiceDefaults.Configuration;

namespace SecKill.Tests.Unit.Hosting;

/// <summary>A misspelt setting of ours is told, with what may be meant; what is not ours is left alone.</summary>
public sealed class UnknownSettingsTests
{
    [Theory]
    [InlineData("Limits:TrustedProxys", "Did you mean Limits:TrustedProxies?")]
    [InlineData("limits:acountburst", "Did you mean limits:AccountBurst?")]
    [InlineData("Limits:TrustedProxies:0", "Did you mean Limits:TrustedProxies?")]
    [InlineData("Dashboard:Nonsense", "Dashboard has Enabled.")]
    [InlineData("Limit:AccountBurst", "Did you mean Limits:AccountBurst?")]
    [InlineData("ConnectionStrings:MySQLs", "Did you mean ConnectionStrings:MySql?")]
    public void What_may_be_meant_is_told(string setting, string hint) => Assert.Equal([(setting, hint)], Find(setting));

    [Theory]
    [InlineData("Limits:TrustedProxies")]
    [InlineData("LIMITS:ACCOUNTBURST")]
    [InlineData("ConnectionStrings:Redis")]
    [InlineData("Logging:LogLevel:Default")]
    [InlineData("Limit:Something")]
    [InlineData("Kestrel:Endpoints:Http:Url")]
    [InlineData("PATH")]
    public void What_is_known_or_not_ours_is_not_told(string setting) => Assert.Empty(Find(setting));

    [Fact]
    public void What_is_typed_is_meant_for_this_program() =>
        Assert.Equal([("Embedded:DataPath", "See --help.")], Find("--Embedded:DataPath=x", "--Logging:LogLevel:Default=None", "--Coupons:DrainInterval=00:00:01", "--urls=x"));

    private static IReadOnlyList<(string Setting, string Hint)> Find(params string[] settings)
    {
        using var configuration = new ConfigurationManager();
        configuration.AddCommandLine([.. settings.Where(setting => setting.StartsWith("--", StringComparison.Ordinal))]);
        configuration.AddInMemoryCollection(settings.Where(setting => !setting.StartsWith("--", StringComparison.Ordinal)).Select(setting => KeyValuePair.Create(setting, (string?)"1")));
        return UnknownSettings.Find(configuration, [typeof(LimitOptions), typeof(CouponOptions), typeof(DashboardSettings)]);
    }
}
