using System.Diagnostics;
using SecKill.Grains.Interfaces;
using SecKill.ServiceDefaults.Telemetry;

namespace SecKill.ServiceDefaults.Batching;

/// <summary>
/// Natural batching: while one batch is under way the next one forms. No timers: a lone item pays no wait, under load
/// the cost an item falls by the batch size. An item never joins a batch that has begun, so what a batch reads
/// is fresh to everyone in it. Thread-safe.
/// </summary>
/// <typeparam name="TItem">What is put in.</typeparam>
/// <typeparam name="TResult">What each item is answered with.</typeparam>
public sealed class NaturalBatcher<TItem, TResult>
{
    private readonly Func<IReadOnlyList<TItem>, Task<IReadOnlyList<TResult>>> _run;
    private readonly int _maxBatch;
    private readonly int _maxWaiting;
    private readonly Func<TItem, int>? _weigh;
    private readonly string _name;
    private readonly Lock _gate = new();
    private readonly Queue<(TItem Item, TaskCompletionSource<TResult> Answer, Activity? Asker)> _waiting = new();
    private bool _running;
    private bool _retired;

    /// <summary>Makes a batcher; nothing runs until the first item.</summary>
    /// <param name="run">
    /// Answers a batch, one result an item in the same order; an exception fails all of the batch. It must be bounded in
    /// time: whoever waits behind it waits for it.
    /// </param>
    /// <param name="maxBatch">The most a batch may weigh, at least 1; an item that weighs more goes alone.</param>
    /// <param name="maxWaiting">The most items waiting for their batch to begin, at least 1; more are refused.</param>
    /// <param name="weigh">What an item weighs; without it each weighs 1.</param>
    /// <param name="name">What a batch is called in traces.</param>
    public NaturalBatcher(
        Func<IReadOnlyList<TItem>, Task<IReadOnlyList<TResult>>> run, int maxBatch, int maxWaiting, Func<TItem, int>? weigh = null, string name = "batch")
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxBatch, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxWaiting, 1);
        _run = run;
        _maxBatch = maxBatch;
        _maxWaiting = maxWaiting;
        _weigh = weigh;
        _name = name;
    }

    /// <summary>Puts an item into the next batch and returns its answer.</summary>
    /// <exception cref="UnavailableException">Too many wait already (also where the batcher was retired).</exception>
    public Task<TResult> Add(TItem item) =>
        TryAdd(item, out var answer) ? answer : throw new UnavailableException("This batcher was retired.");

    /// <summary>As <see cref="Add"/>, but false where the batcher was retired and another must be used.</summary>
    /// <exception cref="UnavailableException">Too many wait already.</exception>
    public bool TryAdd(TItem item, out Task<TResult> answer)
    {
        // Asynchronous continuations: an answer must not run its owner's code inside the loop that others wait for.
        var source = new TaskCompletionSource<TResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        answer = source.Task;
        var asker = Tracing.Recorded;
        lock (_gate)
        {
            if (_retired)
                return false;
            if (_waiting.Count >= _maxWaiting)
                throw new UnavailableException($"{_maxWaiting} are waiting already.");
            _waiting.Enqueue((item, source, asker));
            if (_running)
                return true;
            _running = true;
        }
        // On the pool, also where a grain asks: what it gathers is not the business of one grain's turn.
        ThreadPool.UnsafeQueueUserWorkItem(static self => _ = self.PumpAsync(), this, preferLocal: false);
        return true;
    }

    /// <summary>Closes the batcher for good if nothing waits or runs.</summary>
    /// <returns>Whether it is closed.</returns>
    public bool TryRetire()
    {
        lock (_gate)
            return _retired |= !_running;
    }

    private async Task PumpAsync()
    {
        while (TakeBatch() is { Items.Length: > 0 } batch)
        {
            try
            {
                using var activity = Tracing.StartBatch(_name, batch.Askers, batch.Items.Length);
                var results = await _run(batch.Items);
                if (results.Count != batch.Items.Length)
                    throw new InvalidOperationException($"{results.Count} results for a batch of {batch.Items.Length}.");
                for (var i = 0; i < batch.Answers.Length; i++)
                    batch.Answers[i].SetResult(results[i]);
            }
            catch (Exception fault)
            {
                foreach (var answer in batch.Answers)
                    answer.TrySetException(fault);
            }
        }
    }

    private (TItem[] Items, TaskCompletionSource<TResult>[] Answers, List<Activity>? Askers) TakeBatch()
    {
        lock (_gate)
        {
            var count = CountNext();
            var (items, answers) = (new TItem[count], new TaskCompletionSource<TResult>[count]);
            List<Activity>? askers = null;
            for (var i = 0; i < count; i++)
            {
                (items[i], answers[i], var asker) = _waiting.Dequeue();
                if (asker is not null)
                    (askers ??= []).Add(asker);
            }
            _running = count > 0;
            return (items, answers, askers);
        }
    }

    private int CountNext()
    {
        if (_weigh is null)
            return Math.Min(_waiting.Count, _maxBatch);
        var (count, weight) = (0, 0);
        foreach (var (item, _, _) in _waiting)
        {
            weight += _weigh(item);
            if (weight > _maxBatch && count > 0)
                break;
            count++;
        }
        return count;
    }
}
