using SecKill.ServiceDefaults.Hosting;

namespace SecKill.Tests.Integration.Guarantees;

/// <summary>What programs answer from a shell, and how they wait for others until they are told to end.</summary>
public sealed class StartupCommandsTests(StartupCommandsTests.Servers servers) : IClassFixture<StartupCommandsTests.Servers>
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(90);

    /// <summary>No test here leaves state behind.</summary>
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
        await using var gateway = await ProductProgram.StartAsync("Gateway", GoodSettings.OfGateway("ConnectionStrings:Redis", servers.Redis.ConnectionString), null);
        await WaitsAsync(gateway, "No silo answers yet.");
        await EndsWhenToldAsync(gateway);
    }

    [Fact]
    public async Task A_gateway_that_reaches_no_redis_says_so_and_ends_when_it_is_told_to()
    {
        var settings = GoodSettings.OfGateway("ConnectionStrings:Redis", GoodSettings.Nowhere);
        settings["Limits:TrustedProxys"] = "s3cret";
        await using var gateway = await ProductProgram.StartAsync("Gateway", settings, null);
        await WaitsAsync(gateway, "No silo answers yet.");
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
        var settings = GoodSettings.OfSilo(setting, string.Format(CultureInfo.InvariantCulture, nowhere, FreePort.Next()), servers.Redis, servers.MySql);
        await using var silo = await ProductProgram.StartAsync("Silo", settings, null);
        await WaitsAsync(silo, waiting);
        await EndsWhenToldAsync(silo);
    }

    private static Task<string> WaitsAsync(ServerProcess process, string word) => Eventually.HoldsAsync(
        "it waits", word, () => Task.FromResult(process.Output), output => output.Contains(word, StringComparison.Ordinal), _limit);

    private static async Task EndsWhenToldAsync(ServerProcess process)
    {
        await process.StopAsync(TimeSpan.FromSeconds(25));
        Assert.Equal((1, "Stopped before it had started."), (process.ExitCode, process.Errors));
        Assert.DoesNotContain("   at ", process.Output, StringComparison.Ordinal);
    }
}
