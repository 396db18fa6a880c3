using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace SecKill.Grains.Accounts;

/// <summary>
/// Threads of low priority for work that takes a processor for long: they get what claims leave, and a tenth of a
/// processor where claims leave nothing. The queue is bounded in length and time.
/// </summary>
internal sealed partial class HashingThreads : IDisposable
{
    // Of setpriority(2), added to the process's own. A thread of nice 10 weighs 110 in Linux' scheduler, one of nice 0 weighs 1024.
    private const int PriorityOfProcess = 0;
    private const int Nice = 10;
    private const int MaxNice = 19;

    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;
    private readonly BlockingCollection<(long Since, Action Run, Action GiveUp)> _waiting;
    private readonly Thread[] _threads;

    public HashingThreads(int count, int maxWaiting, TimeSpan timeout, TimeProvider time)
    {
        (_timeout, _time) = (timeout, time);
        _waiting = new(maxWaiting);
        _threads = new Thread[count];
        for (var i = 0; i < count; i++)
        {
            _threads[i] = new Thread(Work) { IsBackground = true, Name = $"hashing {i}", Priority = ThreadPriority.BelowNormal };
            _threads[i].Start();
        }
    }

    /// <exception cref="UnavailableException">Too much is waiting, or this has waited for too long.</exception>
    public Task<T> RunAsync<T>(Func<T> compute)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!TryAdd((_time.GetTimestamp(), Run, () => answer.TrySetException(new UnavailableException("It has waited for too long.")))))
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

    /// <summary>Ends the threads after their present work; what waits fails.</summary>
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
            // Disposed.
            return false;
        }
    }

    private void Work()
    {
        // .NET's priorities do nothing on Linux. Id 0 is the calling thread there, not the process.
        if (OperatingSystem.IsLinux())
            _ = SetPriority(PriorityOfProcess, 0, Math.Min(MaxNice, GetPriority(PriorityOfProcess, 0) + Nice));
        foreach (var (since, run, giveUp) in _waiting.GetConsumingEnumerable())
        {
            if (_time.GetElapsedTime(since) > _timeout)
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

    [LibraryImport("libc", EntryPoint = "getpriority", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int GetPriority(int which, uint who);

    [LibraryImport("libc", EntryPoint = "setpriority", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetPriority(int which, uint who, int priority);
}
