using BenchmarkDotNet.Attributes;
using SecKill.ServiceDefaults.Batching;

namespace SecKill.Microbenchmarks;

/// <summary>What gathering costs an item, beside what the batch itself does.</summary>
[MemoryDiagnoser]
public class BatcherBenchmarks
{
    private readonly NaturalBatcher<int, int> _batcher = new(items => Task.FromResult<IReadOnlyList<int>>([.. items]), maxBatch: 512, maxWaiting: 100_000);
    private Task<int>[] _answers = [];

    /// <summary>How many come at once.</summary>
    [Params(1, 64, 512)]
    public int Crowd { get; set; }

    /// <summary>Makes room for the answers.</summary>
    [GlobalSetup]
    public void SetUp() => _answers = new Task<int>[Crowd];

    /// <summary>A crowd comes and is answered.</summary>
    [Benchmark]
    public Task<int[]> Gather()
    {
        for (var i = 0; i < _answers.Length; i++)
            _answers[i] = _batcher.Add(i);
        return Task.WhenAll(_answers);
    }
}
