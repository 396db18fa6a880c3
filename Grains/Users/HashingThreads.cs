using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Telemetry;

namespace SecKill.Grains.Users;

/// <summary>
/// Threads of low priority for work that takes a processor for long: it gets what claims leave, and a tenth of a
/// processor where they leave nothing. How much may wait, and how long, is bounded.
/// </summary>
internal sealed partial class HashingThreads : IDisposable
{
    // Of setpriority(2). A thread of nice 10 weighs 110 in Linux' scheduler, one of nice 0 weighs 1024.
    private const int PriorityOfProcess = 0;
    private const int Nice = 10;

    private readonly TimeSpan _patience;
    private readonly BlockingCollection<(long Since, Action Run, Action GiveUp)> _waiting;
    private readonly Thread[] _threads;

    /// <summary>Starts the threads.</summary>
    /// <param name="count">How many.</param>
    /// <param name="maxWaiting">How much may wait for them.</param>
    /// <param name="patience">How long.</param>
    public HashingThreads(int count, int maxWaiting, TimeSpan patience)
    {
        _patience = patience;
        _waiting = new(maxWaiting);
        _threads = new Thread[count];
        for (var i = 0; i < count; i++)
        {
            _threads[i] = new Thread(Work) { IsBackground = true, Name = $"hashing {i}", Priority = ThreadPriority.BelowNormal };
            _threads[i].Start();
        }
    }

    /// <summary>Has something computed.</summary>
    /// <exception cref="UnavailableException">Too much is waiting, or this has waited for too long.</exception>
    public Task<T> RunAsync<T>(Func<T> compute)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!TryAdd((Stopwatch.GetTimestamp(), Run, () => answer.TrySetException(new UnavailableException("It has waited for too long.")))))
        {
            SiloMetrics.Rejected.Add(SiloLimit.HashingWaiting);
            throw new UnavailableException("Too many passwords are waiting to be hashed.");
        }
        return answer.Task;

        void Run()
        {
            try
            {
                answer.TrySetResult(compute());
            }
            catch (Exception fault)
            {
                answer.TrySetException(fault);
            }
        }
    }

    /// <summary>Ends the threads, after what they are at; what waits is given up.</summary>
    public void Dispose()
    {
        _waiting.CompleteAdding();
        while (_waiting.TryTake(out var work))
            work.GiveUp();
        foreach (var thread in _threads)
            thread.Join();
        _waiting.Dispose();
    }

    private bool TryAdd((long, Action, Action) work)
    {
        try
        {
            return _waiting.TryAdd(work);
        }
        catch (InvalidOperationException)
        {
            // Disposed of, or about to be.
            return false;
        }
    }

    private void Work()
    {
        // .NET's priorities do nothing on Linux. Of the calling thread alone: there, 0 is the thread and not the process.
        if (OperatingSystem.IsLinux())
            _ = SetPriority(PriorityOfProcess, 0, Nice);
        foreach (var (since, run, giveUp) in _waiting.GetConsumingEnumerable())
        {
            if (Stopwatch.GetElapsedTime(since) > _patience)
            {
                SiloMetrics.Rejected.Add(SiloLimit.HashingPatience);
                giveUp();
            }
            else
            {
                run();
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "setpriority", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetPriority(int which, uint who, int priority);
}
