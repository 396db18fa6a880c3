using System.Net.Sockets;
using Microsoft.Data.Sqlite;

namespace SecKill.Tests.Integration.Guarantees;

/// <summary>What is taken, or of a newer version, is named and left alone.</summary>
public sealed class StartupPortsTests : IDisposable
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(90);
    private readonly string _folder = RunFolder.Create("startup");

    public void Dispose() => RunFolder.Delete(_folder);

    [Fact]
    public Task An_address_that_is_not_this_machines_is_refused_by_name() => ProductProgram.RefusesAsync(
        "Gateway", GoodSettings.OfFolder(_folder),
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
            "Gateway", new Dictionary<string, string?>(GoodSettings.OfFolder(_folder)) { ["ASPNETCORE_URLS"] = null },
            ":20080");
    }

    [Fact]
    public async Task Data_of_a_newer_version_are_refused_and_left_alone()
    {
        await using (var first = await ProductProgram.StartAsync("Gateway", GoodSettings.OfFolder(_folder), null))
            await Eventually.HoldsAsync("it starts", "a schema", () => Task.FromResult(first.Output), output => output.Contains("listens on", StringComparison.Ordinal), _limit);
        await using (var ledger = new SqliteConnection($"Data Source={Path.Combine(_folder, "ledger.db")};Pooling=False"))
        {
            await ledger.OpenAsync(TestContext.Current.CancellationToken);
            await using var command = ledger.CreateCommand();
            command.CommandText = "INSERT INTO schema_version VALUES (987, 0)";
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        await ProductProgram.RefusesAsync("Gateway", GoodSettings.OfFolder(_folder), "987");
    }

    [Fact]
    public async Task A_second_process_on_the_same_data_folder_or_port_says_what_is_taken()
    {
        await using var first = new EmbeddedDeployment();
        await first.StartAsync();

        await ProductProgram.RefusesAsync("Gateway", GoodSettings.OfFolder(first.Folder), first.Folder);
        var second = Path.Combine(_folder, "second");
        await ProductProgram.RefusesAsync(
            "Gateway", GoodSettings.OfFolder(second), $":{first.Gateway.Address.Port}: another process has this port", first.Gateway.Address);
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
        await ProductProgram.RefusesAsync("Silo", GoodSettings.OfSilo(setting, $"{port}"), $"{setting} {port}: another process has this port");
    }
}
