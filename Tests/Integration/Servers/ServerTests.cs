using System.Diagnostics;
using MySqlConnector;
using SecKill.Tests.LocalServers.Servers;
using StackExchange.Redis;
using Xunit;

namespace SecKill.Tests.Integration.Servers;

public sealed class ServerTests
{
    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_killed_redis_comes_back_on_its_port_with_every_acknowledged_write()
    {
        await using var server = new RedisServer();
        await server.StartAsync();
        await using (var redis = await ConnectionMultiplexer.ConnectAsync(server.ConnectionString))
            await redis.GetDatabase().StringSetAsync("kept", "yes");

        await server.RestartAsync();

        await using var again = await ConnectionMultiplexer.ConnectAsync(server.ConnectionString);
        Assert.Equal("yes", await again.GetDatabase().StringGetAsync("kept"));
    }

    [Fact]
    public async Task A_killed_mysql_comes_back_on_its_port_with_every_committed_row()
    {
        await using var server = new MySqlServer();
        await server.StartAsync();
        await ExecuteAsync(server, "CREATE TABLE kept (id INT PRIMARY KEY)");
        await ExecuteAsync(server, "INSERT INTO kept VALUES (7)");

        await server.RestartAsync();

        Assert.Equal(7, await ExecuteAsync(server, "SELECT id FROM kept"));
    }

    [Fact]
    public async Task A_server_dies_with_the_input_of_its_wrapper()
    {
        var server = await ServerProcess.StartAsync(new ServerCommand("sleep", "600"));
        Assert.True(IsAlive(server.Pid));

        server.CloseInput();

        await Eventually.EqualAsync("the server dies", false, () => Task.FromResult(IsAlive(server.Pid)), _soon);
        await server.DisposeAsync();
    }

    [Fact]
    public async Task What_a_terminal_tells_all_of_its_foreground_does_not_reach_a_server()
    {
        await using var server = await ServerProcess.StartAsync(new ServerCommand("sleep", "600"));

        Assert.NotEqual(GroupOf(Environment.ProcessId), GroupOf(server.Pid));
        Assert.NotEqual(GroupOf(Environment.ProcessId), GroupOf(server.WrapperPid));
    }

    [Fact]
    public async Task A_frozen_server_dies_with_the_run_though_all_its_processes_were_told_to_end_before()
    {
        var server = await ServerProcess.StartAsync(new ServerCommand("sleep", "600"));
        await server.SignalAsync("STOP");
        var around = File.ReadAllText($"/proc/{server.WrapperPid}/task/{server.WrapperPid}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, around.Length);
        using (var told = Process.Start("kill", ["-s", "TERM", $"{server.WrapperPid}", .. around]))
            await told.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(IsAlive(server.Pid));

        server.CloseInput();

        await Eventually.EqualAsync("the server dies", false, () => Task.FromResult(IsAlive(server.Pid)), _soon);
        await server.DisposeAsync();
    }

    [Fact]
    public async Task A_server_that_ignores_the_polite_signal_is_reported_and_killed()
    {
        await using var server = await ServerProcess.StartAsync(
            new ServerCommand("sh", "-c", "trap '' TERM; echo deaf; while :; do sleep 0.1; done"));
        await Eventually.EqualAsync("it runs", "deaf", () => Task.FromResult(server.Output), _soon);

        var refusal = await Assert.ThrowsAsync<TimeoutException>(() => server.StopAsync(TimeSpan.FromMilliseconds(300)));

        Assert.Contains("deaf", refusal.Message, StringComparison.Ordinal);
        Assert.False(IsAlive(server.Pid));
    }

    /// <summary>Of proc(5): the third field after the name.</summary>
    private static string GroupOf(int pid) => File.ReadAllText($"/proc/{pid}/stat").Split(") ")[^1].Split(' ')[2];

    private static bool IsAlive(int pid) => Directory.Exists($"/proc/{pid}");

    private static async Task<object?> ExecuteAsync(MySqlServer server, string sql)
    {
        await using var connection = new MySqlConnection($"{server.ConnectionString};Pooling=False");
        await connection.OpenAsync();
        await using var command = new MySqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }
}
