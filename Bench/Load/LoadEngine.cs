using SecKill.Bench.Http;

namespace SecKill.Bench.Load;

/// <summary>Opens the connections, lets them run, ends them.</summary>
internal static class LoadEngine
{
    private const int OpenedAtOnce = 64;
    private static readonly TimeSpan _tick = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan _graceWhenStopped = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Runs one visitor per connection until the plan is fulfilled, all visitors are done or
    /// <paramref name="stop"/> fires. Waits for the requests in flight.
    /// </summary>
    /// <exception cref="BenchException">The connections cannot be opened.</exception>
    public static async Task RunAsync(LoadRun run, Func<LoadRun, int, Visitor> visitorOf, string phase, IProgress<RunProgress> progress, CancellationToken stop)
    {
        var workers = Enumerable.Range(0, run.Plan.Connections).Select(index => new Worker(run, index, visitorOf(run, index))).ToArray();
        try
        {
            await OpenAsync(workers, progress, stop);
            run.Start();
            // On the pool: a worker whose first answers complete synchronously would delay the start of the others.
            var work = Task.WhenAll(workers.Select(worker => Task.Run(worker.RunAsync, CancellationToken.None)));
            await WatchAsync(run, workers, work, phase, progress, stop);
            await work;
            run.Finish();
        }
        finally
        {
            foreach (var worker in workers)
                worker.Dispose();
        }
    }

    private static async Task OpenAsync(Worker[] workers, IProgress<RunProgress> progress, CancellationToken stop)
    {
        var opened = 0;
        try
        {
            await Parallel.ForEachAsync(workers, new ParallelOptions { MaxDegreeOfParallelism = OpenedAtOnce, CancellationToken = stop }, async (worker, cancel) =>
            {
                await worker.OpenAsync(cancel);
                progress.Report(new RunProgress("opening connections", Interlocked.Increment(ref opened), workers.Length, "connections"));
            });
        }
        catch (TransportException fault)
        {
            throw new BenchException($"Only {opened} of {workers.Length} connections could be opened: {fault.Message}. Check the limit of open files ('ulimit -n'), here and at the server.");
        }
    }

    /// <summary>Periodically aborts requests over the timeout, reports progress, and ends the run on request.</summary>
    private static async Task WatchAsync(
        LoadRun run, Worker[] workers, Task work, string phase, IProgress<RunProgress> progress, CancellationToken stop)
    {
        var stopped = long.MaxValue;
        while (await Task.WhenAny(work, Task.Delay(_tick, CancellationToken.None)) != work)
        {
            if (stop.IsCancellationRequested && stopped == long.MaxValue)
            {
                run.Stop();
                stopped = Clock.Now;
            }
            var now = Clock.Now;
            var isGraceOver = now - stopped > Clock.Ticks(_graceWhenStopped);
            foreach (var worker in workers)
                worker.AbortIfSentBefore(isGraceOver ? now : now - Clock.Ticks(run.Plan.Timeout));
            Report(run, phase, progress);
        }
    }

    private static void Report(LoadRun run, string phase, IProgress<RunProgress> progress)
    {
        if (Clock.Now < run.MeasuredFrom)
            progress.Report(new RunProgress("warming up", Clock.Seconds(Clock.Now - run.Started), run.Plan.Warmup.TotalSeconds, "s"));
        else if (run.Plan.Duration is { } duration)
            progress.Report(new RunProgress(phase, Math.Min(Clock.Seconds(Clock.Now - run.MeasuredFrom), duration.TotalSeconds), duration.TotalSeconds, "s"));
        else
            progress.Report(new RunProgress(phase, run.Measured.ReadAll().Answers + run.WarmUp.ReadAll().Answers, run.Plan.Requests ?? 0, "requests"));
    }
}
