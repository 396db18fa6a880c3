using SecKill.Tests.Integration.Contract;

namespace SecKill.Tests.Integration.Guarantees;

/// <summary>
/// A change of thread costs a gateway a tenth of its processor time. .NET decides at the process's first socket whether completions run on the
/// socket's thread, so a socket that opens too early (such as a check of ports) takes that away without any error.
/// </summary>
public sealed class SocketThreadTests(SharedDeployments shared) : ContractTests(shared.ClusterAsync)
{
    private const string SocketThread = ".NET Sockets", PoolThread = ".NET TP Worker";

    [Fact]
    public Task A_cluster_gateway_answers_on_the_thread_that_waits_for_its_sockets() =>
        // Other tests' claims need pool threads of the same gateway: some rounds may be theirs.
        Eventually.HoldsAsync("requests", "three times as much on the socket thread as on pool threads", MeasureAsync, time => time.Sockets > 3 * time.Pool, TimeSpan.FromMinutes(1));

    private async Task<(TimeSpan Sockets, TimeSpan Pool)> MeasureAsync()
    {
        var gateway = Deployment.Processes[0].Pid;
        var before = TimesOf(gateway);
        await Parallel.ForAsync(0, 2_000, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (_, _) =>
            Expect.Refused(await Api.ListAsync("no token", "nobody"), 401));
        var after = TimesOf(gateway);
        return (after.Sockets - before.Sockets, after.Pool - before.Pool);
    }

    /// <summary>The processor time of a process's threads.</summary>
    private static (TimeSpan Sockets, TimeSpan Pool) TimesOf(int process)
    {
        var (sockets, pool) = (TimeSpan.Zero, TimeSpan.Zero);
        foreach (var thread in Directory.EnumerateDirectories($"/proc/{process}/task"))
        {
            try
            {
                var name = File.ReadAllText($"{thread}/comm").Trim();
                // Nanoseconds on a processor, waiting for one, and time slices: the kernel's sched-stats.rst.
                var time = TimeSpan.FromMicroseconds(long.Parse(File.ReadAllText($"{thread}/schedstat").Split(' ')[0], CultureInfo.InvariantCulture) / 1000);
                if (name == SocketThread)
                    sockets += time;
                else if (name == PoolThread)
                    pool += time;
            }
            catch (IOException)
            {
                // The thread has ended.
            }
        }
        return (sockets, pool);
    }
}
