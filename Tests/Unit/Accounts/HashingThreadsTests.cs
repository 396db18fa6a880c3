using System.Globalization;
using SecKill.Grains.Accounts;

namespace SecKill.Tests.Unit.Accounts;

/// <summary>Bounded: what log-ins take from claims, how many of them wait, and how long.</summary>
public sealed class HashingThreadsTests
{
    private static readonly TimeSpan _forever = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Answers_and_faults_reach_the_caller()
    {
        using var threads = new HashingThreads(count: 2, maxWaiting: 100, _forever, TimeProvider.System);

        Assert.Equal(Enumerable.Range(0, 50), await Soon(Task.WhenAll(Enumerable.Range(0, 50).Select(i => threads.RunAsync(() => i)))));
        var fault = await Assert.ThrowsAsync<FormatException>(() => Soon(threads.RunAsync<int>(() => throw new FormatException("bad"))));
        Assert.Equal("bad", fault.Message);
        Assert.Equal(7, await Soon(threads.RunAsync(() => 7)));
    }

    [Fact]
    public async Task More_than_may_wait_are_refused_at_once()
    {
        using var threads = new HashingThreads(count: 1, maxWaiting: 2, _forever, TimeProvider.System);
        using var gate = new Gate();
        var first = await gate.OccupyAsync(threads);
        var waiting = new[] { threads.RunAsync(() => 1), threads.RunAsync(() => 2) };

        Assert.Throws<UnavailableException>(() => { _ = threads.RunAsync(() => 3); });

        gate.Open();
        Assert.Equal((int[])[0, 1, 2], await Soon(Task.WhenAll([first, .. waiting])));
    }

    [Fact]
    public async Task What_has_waited_too_long_is_given_up_and_never_computed()
    {
        var (clock, timeout) = (new TestClock(), TimeSpan.FromMilliseconds(200));
        using var threads = new HashingThreads(count: 1, maxWaiting: 10, timeout, clock);
        using var gate = new Gate();
        var first = await gate.OccupyAsync(threads);
        var isComputed = false;
        var late = threads.RunAsync(() => isComputed = true);
        clock.Advance(timeout * 2);

        gate.Open();

        await Assert.ThrowsAsync<UnavailableException>(() => Soon(late));
        Assert.False(isComputed);
        Assert.Equal(0, await Soon(first));
        Assert.Equal(5, await Soon(threads.RunAsync(() => 5)));
    }

    [Fact]
    public async Task The_end_gives_up_what_waits()
    {
        var threads = new HashingThreads(count: 1, maxWaiting: 10, _forever, TimeProvider.System);
        using var gate = new Gate();
        var first = await gate.OccupyAsync(threads);
        var waiting = threads.RunAsync(() => 1);

        var end = Task.Run(threads.Dispose, TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<UnavailableException>(() => Soon(waiting));
        gate.Open();
        await Soon(end);

        Assert.Equal(0, await Soon(first));
        Assert.Throws<UnavailableException>(() => { _ = threads.RunAsync(() => 2); });
    }

    [Fact]
    public async Task Its_threads_give_way_to_all_others()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Reads the priorities of threads from /proc.");
        using var threads = new HashingThreads(count: 1, maxWaiting: 10, _forever, TimeProvider.System);

        var own = NiceOf("self");
        Assert.Equal(Math.Min(19, own + 10), await Soon(threads.RunAsync(() => NiceOf("thread-self"))));
        Assert.Equal(own, await Task.Run(() => NiceOf("thread-self"), TestContext.Current.CancellationToken));
    }

    private static int NiceOf(string which)
    {
        var stat = File.ReadAllText($"/proc/{which}/stat");
        // proc(5): the 19th field; after the name, which stands in parentheses, the 17th.
        return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[16], CultureInfo.InvariantCulture);
    }

    private static Task<T> Soon<T>(Task<T> task) => task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

    private static Task Soon(Task task) => task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

    /// <summary>Keeps a thread busy until it is opened.</summary>
    private sealed class Gate : IDisposable
    {
        private readonly ManualResetEventSlim _open = new();

        public async Task<Task<int>> OccupyAsync(HashingThreads threads)
        {
            var isBusy = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var work = threads.RunAsync(() =>
            {
                isBusy.SetResult();
                _open.Wait();
                return 0;
            });
            await Soon(isBusy.Task);
            return work;
        }

        public void Open() => _open.Set();

        public void Dispose()
        {
            _open.Set();
        }
    }
}
