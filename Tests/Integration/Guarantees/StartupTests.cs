using System.Net.Sockets;
using Microsoft.Data.Sqlite;
using SecKill.ServiceDefaults.Hosting;

namespace SecKill.Tests.Integration.Guarantees;

/// <summary>A process with a wrong setting names it and ends, instead of starting.</summary>
public sealed class StartupTests(StartupTests.Servers servers) : IClassFixture<StartupTests.Servers>
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(90);
    private const string GoodKey = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    private readonly string _folder = RunFolder.Create("startup");

    private RedisServer Redis => servers.Redis;

    private MySqlServer MySql => servers.MySql;

    /// <summary>Shared by all tests here: none leaves state behind.</summary>
    public sealed class Servers : IAsyncLifetime
    {
        public RedisServer Redis { get; } = new();

        public MySqlServer MySql { get; } = new();

        public async ValueTask InitializeAsync() => await Task.WhenAll(Redis.StartAsync(), MySql.StartAsync());

        public async ValueTask DisposeAsync()
        {
            await MySql.DisposeAsync();
            await Redis.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("ConnectionStrings:Redis", "")]
    [InlineData("ConnectionStrings:Redis", ",,,")]
    [InlineData("ConnectionStrings:MySql", "")]
    [InlineData("ConnectionStrings:MySql", "nonsense")]
    [InlineData("ConnectionStrings:MySql", "Server=127.0.0.1")]
    [InlineData("Silo:Port", "70000")]
    [InlineData("Silo:Port", "-1")]
    [InlineData("Silo:Port", "many")]
    [InlineData("Silo:GatewayPort", "70000")]
    [InlineData("Silo:AdvertisedAddress", "nowhere")]
    [InlineData("Cluster:Id", "")]
    [InlineData("Coupons:DrainInterval", "0")]
    [InlineData("Coupons:DrainInterval", "often")]
    [InlineData("Passwords:Iterations", "1")]
    [InlineData("Passwords:Patience", "00:00:00")]
    [InlineData("Telemetry:MetricsPort", "70000")]
    [InlineData("Dashboard:Enabled", "perhaps")]
    public async Task A_silo_refuses_a_wrong_setting_by_name(string setting, string value)
    {
        await ProductProgram.RefusesAsync("Silo", GoodSilo(setting, value), setting);
    }

    [Theory]
    [InlineData("Auth:SigningKey", "")]
    [InlineData("Auth:SigningKey", "AAECAwQFBgcICQoLDA0ODw==")]
    [InlineData("Auth:SigningKey", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    [InlineData("Auth:SigningKey", "c2Vja2lsbCBzZWNraWxsIHNlY2tpbGwgc2Vja2lsbCBzZWNraWxs")]
    [InlineData("Auth:SigningKey", "this is no base64 at all, however long it may be")]
    [InlineData("Auth:TokenLifetime", "00:00:00")]
    [InlineData("Auth:TokenLifetime", "a while")]
    [InlineData("Auth:Issuer", "")]
    [InlineData("Claims:MaxWaiting", "0")]
    [InlineData("Shutdown:Grace", "00:01:00")]
    [InlineData("Admin:Key", "fifteen letters")]
    [InlineData("Dashboard:Enabled", "perhaps")]
    [InlineData("Docs:Enabled", "perhaps")]
    [InlineData("Limits:AccountBurst", "-1")]
    [InlineData("Limits:AccountsPerSecond", "0")]
    [InlineData("Limits:TrustedProxies", "10.0.0.0/8, nginx")]
    [InlineData("Limits:ReadTimeout", "00:00:00")]
    [InlineData("Limits:MaxConnections", "0")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317")]
    [InlineData("ConnectionStrings:Redis", ",,,")]
    [InlineData("Cluster:Id", "")]
    [InlineData("Cluster:ServiceId", "")]
    public async Task A_gateway_refuses_a_wrong_setting_by_name(string setting, string value)
    {
        await ProductProgram.RefusesAsync("Gateway", GoodGateway(setting, value), setting);
    }

    [Fact]
    public Task A_gateway_with_mysql_but_no_redis_says_that_it_needs_redis() => ProductProgram.RefusesAsync(
        "Gateway", new Dictionary<string, string?> { ["ConnectionStrings:MySql"] = MySql.ConnectionString }, "ConnectionStrings:Redis");

    [Theory]
    [InlineData("Auth:SigningKey", "too short")]
    [InlineData("Coupons:DrainInterval", "0")]
    [InlineData("Data:Folder", "/proc/nowhere")]
    [InlineData("Logging:LogLevel:Default", "Verbose", "Logging:LogLevel")]
    [InlineData("ASPNETCORE_URLS", "nonsense")]
    [InlineData("ASPNETCORE_URLS", "http://127.0.0.1:99999")]
    public Task The_embedded_mode_refuses_a_wrong_setting_by_name(string setting, string value, string? naming = null) => ProductProgram.RefusesAsync(
        "Gateway", new Dictionary<string, string?> { ["Data:Folder"] = Path.Combine(_folder, Names.Tag()), [setting] = value }, naming ?? setting);

    [Fact]
    public Task An_address_that_is_not_this_machines_is_refused_by_name() => ProductProgram.RefusesAsync(
        "Gateway", new Dictionary<string, string?> { ["Data:Folder"] = Path.Combine(_folder, Names.Tag()) },
        // From the documentation range (RFC 5737), so no local address.
        "ASPNETCORE_URLS", new Uri($"http://192.0.2.1:{FreePort.Next()}"));

    [Fact]
    public async Task The_port_is_20080_unless_a_setting_says_otherwise()
    {
        // Taken by us or by another process before: either way the port is in use.
        using var taken = new TcpListener(IPAddress.Loopback, 20080);
        try
        {
            taken.Start();
        }
        catch (SocketException)
        {
        }
        await ProductProgram.RefusesAsync(
            "Gateway", new Dictionary<string, string?> { ["Data:Folder"] = Path.Combine(_folder, Names.Tag()), ["ASPNETCORE_URLS"] = null },
            ":20080");
    }

    [Fact]
    public async Task Data_of_a_newer_version_are_refused_and_left_alone()
    {
        var folder = Path.Combine(_folder, Names.Tag());
        await using (var first = await ProductProgram.StartAsync("Gateway", new Dictionary<string, string?> { ["Data:Folder"] = folder }, null))
            await Eventually.HoldsAsync("it starts", "a schema", () => Task.FromResult(first.Output), output => output.Contains("listens on", StringComparison.Ordinal), _limit);
        await using (var ledger = new SqliteConnection($"Data Source={Path.Combine(folder, "ledger.db")};Pooling=False"))
        {
            await ledger.OpenAsync(TestContext.Current.CancellationToken);
            await using var command = ledger.CreateCommand();
            command.CommandText = "INSERT INTO schema_version VALUES (987, 0)";
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        await ProductProgram.RefusesAsync("Gateway", new Dictionary<string, string?> { ["Data:Folder"] = folder }, "987");
    }

    [Fact]
    public async Task A_second_process_on_the_same_data_folder_or_port_says_what_is_taken()
    {
        await using var first = new EmbeddedDeployment();
        await first.StartAsync();

        await ProductProgram.RefusesAsync("Gateway", new Dictionary<string, string?> { ["Data:Folder"] = first.Folder }, first.Folder);
        var second = Path.Combine(_folder, "second");
        await ProductProgram.RefusesAsync(
            "Gateway", new Dictionary<string, string?> { ["Data:Folder"] = second }, $":{first.Gateway.Address.Port}: another process has this port", first.Gateway.Address);
        Assert.False(Directory.Exists(second), "It opened its data although it could not listen.");
        Assert.Equal(401, (await new ApiClient(first.Gateways[0]).LogInAsync("nobody", "nothing")).Status);
    }

    [Theory]
    [InlineData("Silo:Port")]
    [InlineData("Silo:GatewayPort")]
    public async Task A_silo_whose_port_is_taken_says_so(string setting)
    {
        using var taken = new TcpListener(IPAddress.Loopback, FreePort.Next());
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        await ProductProgram.RefusesAsync("Silo", GoodSilo(setting, $"{port}"), $"{setting} {port}: another process has this port");
    }

    [Theory]
    [InlineData("Gateway")]
    [InlineData("Silo")]
    public async Task Help_names_the_settings_and_succeeds(string project)
    {
        var (code, output, _) = await ProductProgram.RunAsync(project, [], arguments: "--help");
        Assert.Equal(0, code);
        Assert.Contains("ConnectionStrings:Redis", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Gateway")]
    [InlineData("Silo")]
    [InlineData("Bench")]
    public async Task Each_program_tells_its_version(string project)
    {
        var (code, output, _) = await ProductProgram.RunAsync(project, [], arguments: "--version");
        Assert.Equal((0, ProductVersion.Text), (code, output));
    }

    [Theory]
    [InlineData("--urls?", "--url=http://localhost:1")]
    [InlineData("--audit?", "--audti")]
    [InlineData("--porrt is no option", "--porrt", "8080")]
    [InlineData("--Silo:Port has no value", "--Silo:Port")]
    [InlineData("argument 2 ", "--Silo:Port=1", "s3cret")]
    public async Task An_option_that_there_is_not_is_refused_and_its_value_not_told(string naming, params string[] arguments)
    {
        var (code, output, errors) = await ProductProgram.RunAsync("Silo", [], arguments: arguments);
        Assert.Equal((1, errors), (code, output));
        Assert.StartsWith("Cannot start: ", errors, StringComparison.Ordinal);
        Assert.Contains(naming, errors, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_probe_tells_a_ready_process_from_none()
    {
        await using var running = new EmbeddedDeployment();
        await running.StartAsync();
        Assert.Equal(0, (await ProductProgram.RunAsync("Gateway", [], null, "--probe", $"{running.Gateway.Address}health/ready")).Code);
        Assert.Equal(0, (await ProductProgram.RunAsync("Gateway", [], null, "--probe", $"{running.Gateway.Address}health/startup")).Code);
        Assert.Equal(1, (await ProductProgram.RunAsync("Gateway", [], null, "--probe", $"http://127.0.0.1:{FreePort.Next()}/health/ready")).Code);
        var (code, output, _) = await ProductProgram.RunAsync("Gateway", [], null, "--probe", "nonsense");
        Assert.Equal(1, code);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gateway_that_still_waits_for_silos_ends_when_it_is_told_to()
    {
        await using var gateway = await ProductProgram.StartAsync("Gateway", GoodGateway(), null);
        await Eventually.HoldsAsync(
            "it waits", "a connection of it to Redis", async () => await ClientsOfRedisAsync(), clients => clients > 0, _limit);
        await EndsWhenToldAsync(gateway);
    }

    [Fact]
    public async Task A_gateway_that_reaches_no_redis_says_so_and_ends_when_it_is_told_to()
    {
        var settings = GoodGateway("ConnectionStrings:Redis", $"127.0.0.1:{FreePort.Next()}");
        settings["Limits:TrustedProxys"] = "s3cret";
        await using var gateway = await ProductProgram.StartAsync("Gateway", settings, null);
        await Eventually.HoldsAsync(
            "it waits", "a word about it", () => Task.FromResult(gateway.Output), output => output.Contains("No silo answers yet.", StringComparison.Ordinal), _limit);
        // Of lines that go to no terminal.
        Assert.Matches(@"(?m)^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z warn: .*No silo answers yet\.", gateway.Output);
        Assert.Contains("Limits:TrustedProxys is no setting and is ignored. Did you mean Limits:TrustedProxies?", gateway.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", gateway.Output, StringComparison.Ordinal);
        await EndsWhenToldAsync(gateway);
    }

    [Theory]
    [InlineData("ConnectionStrings:Redis", "127.0.0.1:{0}", "Redis does not answer yet.")]
    [InlineData("ConnectionStrings:MySql", "Server=127.0.0.1;Port={0};User ID=seckill;Database=seckill", "SQL does not answer yet.")]
    public async Task A_silo_that_still_waits_for_a_store_ends_when_it_is_told_to(string setting, string nowhere, string waiting)
    {
        var settings = GoodSilo(setting, string.Format(CultureInfo.InvariantCulture, nowhere, FreePort.Next()));
        await using var silo = await ProductProgram.StartAsync("Silo", settings, null);
        await Eventually.HoldsAsync("it waits", waiting, () => Task.FromResult(silo.Output), output => output.Contains(waiting, StringComparison.Ordinal), _limit);
        await EndsWhenToldAsync(silo);
    }

    [Fact]
    public async Task All_wrong_settings_are_named_at_once()
    {
        var settings = GoodSilo("Coupons:DrainInterval", "0");
        settings["Passwords:Iterations"] = "1";
        var (code, _, errors) = await ProductProgram.RunAsync("Silo", settings);
        Assert.Equal(1, code);
        Assert.All((string[])["Coupons:DrainInterval", "Passwords:Iterations"], name => Assert.Contains(name, errors, StringComparison.Ordinal));
    }

    private static async Task EndsWhenToldAsync(ServerProcess process)
    {
        await process.StopAsync(TimeSpan.FromSeconds(25));
        Assert.Equal((1, "Stopped before it had started."), (process.ExitCode, process.Errors));
        Assert.DoesNotContain("   at ", process.Output, StringComparison.Ordinal);
    }

    private async Task<int> ClientsOfRedisAsync()
    {
        await using var redis = await StackExchange.Redis.ConnectionMultiplexer.ConnectAsync($"{Redis.ConnectionString},allowAdmin=true,name=looking");
        return (await redis.GetServers().Single().ClientListAsync()).Count(client => client.Name != "looking");
    }

    private Dictionary<string, string?> GoodSilo(string setting, string value) => new()
    {
        ["ConnectionStrings:Redis"] = Redis.ConnectionString,
        ["ConnectionStrings:MySql"] = MySql.ConnectionString,
        ["Silo:Port"] = $"{FreePort.Next()}",
        ["Silo:GatewayPort"] = $"{FreePort.Next()}",
        ["Silo:AdvertisedAddress"] = "127.0.0.1",
        ["Cluster:Id"] = $"startup-{Guid.NewGuid():N}",
        [setting] = value,
    };

    private Dictionary<string, string?> GoodGateway(string setting = "Auth:SigningKey", string value = GoodKey) => new()
    {
        ["ConnectionStrings:Redis"] = Redis.ConnectionString,
        ["Auth:SigningKey"] = GoodKey,
        ["Cluster:Id"] = $"startup-{Guid.NewGuid():N}",
        [setting] = value,
    };
}
