namespace SecKill.Tests.Integration.Guarantees;

/// <summary>A process with a wrong setting names it and ends, instead of starting: one setting of each kind of fault.</summary>
public sealed class StartupSettingsTests : IDisposable
{
    private readonly string _folder = RunFolder.Create("startup");

    public void Dispose() => RunFolder.Delete(_folder);

    [Theory]
    [InlineData("ConnectionStrings:Redis", "")]
    [InlineData("ConnectionStrings:Redis", ",,,")]
    [InlineData("ConnectionStrings:MySql", "")]
    [InlineData("ConnectionStrings:MySql", "nonsense")]
    [InlineData("ConnectionStrings:MySql", "Server=127.0.0.1")]
    [InlineData("Silo:Port", "70000")]
    [InlineData("Silo:Port", "many")]
    [InlineData("Silo:AdvertisedAddress", "nowhere")]
    [InlineData("Cluster:Id", "shop@2")]
    [InlineData("Coupons:DrainInterval", "often")]
    [InlineData("Passwords:Patience", "00:00:00")]
    [InlineData("Dashboard:Enabled", "perhaps")]
    public Task A_silo_refuses_a_wrong_setting_by_name(string setting, string value) =>
        ProductProgram.RefusesAsync("Silo", GoodSettings.OfSilo(setting, value), setting);

    [Theory]
    [InlineData("Auth:SigningKey", "")]
    [InlineData("Auth:SigningKey", "AAECAwQFBgcICQoLDA0ODw==")]
    [InlineData("Auth:SigningKey", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    [InlineData("Auth:SigningKey", "c2Vja2lsbCBzZWNraWxsIHNlY2tpbGwgc2Vja2lsbCBzZWNraWxs")]
    [InlineData("Auth:SigningKey", "this is no base64 at all, however long it may be")]
    [InlineData("Auth:TokenLifetime", "00:00:00")]
    [InlineData("Auth:TokenLifetime", "a while")]
    [InlineData("Claims:MaxWaiting", "0")]
    [InlineData("Admin:Key", "fifteen letters")]
    [InlineData("Docs:Enabled", "perhaps")]
    [InlineData("Limits:TrustedProxies", "10.0.0.0/8, nginx")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317")]
    [InlineData("ConnectionStrings:Redis", ",,,")]
    [InlineData("Cluster:Id", "")]
    [InlineData("Cluster:Id", "shop@1")]
    public Task A_gateway_refuses_a_wrong_setting_by_name(string setting, string value) =>
        ProductProgram.RefusesAsync("Gateway", GoodSettings.OfGateway(setting, value), setting);

    [Fact]
    public Task A_gateway_with_mysql_but_no_redis_says_that_it_needs_redis() => ProductProgram.RefusesAsync(
        "Gateway", new Dictionary<string, string?> { ["ConnectionStrings:MySql"] = "Server=127.0.0.1;User ID=seckill;Database=seckill" }, "ConnectionStrings:Redis");

    [Theory]
    [InlineData("Coupons:DrainInterval", "0")]
    [InlineData("Auth:SigningKey", "c2hvcnQ=")]
    [InlineData("Kestrel:Endpoints:Http:Url", "nonsense", "Kestrel:Endpoints")]
    [InlineData("Data:Folder", "/proc/nowhere")]
    [InlineData("Logging:LogLevel:Default", "Verbose", "Logging:LogLevel")]
    [InlineData("ASPNETCORE_URLS", "nonsense")]
    [InlineData("ASPNETCORE_URLS", "http://127.0.0.1:99999")]
    public Task The_embedded_mode_refuses_a_wrong_setting_by_name(string setting, string value, string? naming = null) => ProductProgram.RefusesAsync(
        "Gateway", new Dictionary<string, string?>(GoodSettings.OfFolder(_folder)) { [setting] = value }, naming ?? setting);

    [Fact]
    public async Task All_wrong_settings_are_named_at_once()
    {
        var settings = GoodSettings.OfSilo("Coupons:DrainInterval", "0");
        settings["Passwords:Iterations"] = "1";

        var (code, _, errors) = await ProductProgram.RunAsync("Silo", settings);

        Assert.Equal(1, code);
        Assert.All((string[])["Coupons:DrainInterval", "Passwords:Iterations"], name => Assert.Contains(name, errors, StringComparison.Ordinal));
    }
}
