using System.Diagnostics;

namespace SecKill.Tests.Integration.Servers;

/// <summary>No server outlives the run, however it ends.</summary>
public sealed class ServerTests
{
    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(60);

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

    private static bool IsAlive(int pid) => Directory.Exists($"/proc/{pid}");
}
