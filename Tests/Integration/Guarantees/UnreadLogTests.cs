namespace SecKill.Tests.Integration.Guarantees;

/// <summary>The log goes to a pipe that is no longer read: lines are lost, requests do not wait.</summary>
public sealed class UnreadLogTests : IDisposable
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);
    private readonly string _folder = RunFolder.Create("unread");

    public void Dispose() => RunFolder.Delete(_folder);

    [Fact]
    public async Task A_log_that_nobody_reads_holds_up_no_request()
    {
        var pipe = Path.Combine(_folder, "pipe");
        await using var reader = await ServerProcess.StartAsync(new ServerCommand("/bin/sh", "-c", """mkfifo "$1" && exec sleep 600 <"$1" """, "sh", pipe));
        await Eventually.EqualAsync("the pipe is there", true, () => Task.FromResult(File.Exists(pipe)), _limit);
        await using var deployment = new EmbeddedDeployment(new Dictionary<string, string?> { ["Logging__LogLevel__Default"] = "Trace" }, pipe);
        await deployment.StartAsync();
        var api = new ApiClient(deployment.Gateways[0]);

        // Several lines each: many times what pipe and queue hold.
        var requests = Parallel.ForAsync(0, 2_000, async (_, _) => Assert.Equal(404, (await api.SendAsync(HttpMethod.Get, "/nothing")).Status));

        await requests.WaitAsync(_limit, TestContext.Current.CancellationToken);
    }
}
