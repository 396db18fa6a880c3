using System.Threading.Channels;
using SecKill.ServiceDefaults.Batching;

namespace SecKill.Tests.Unit.Batching;

public sealed class NaturalBatcherTests
{
    /// <summary>An answer that does not come must fail a test, not hang it.</summary>
    private static Task<T> Soon<T>(Task<T> task) => task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

    private static Task Soon(Task task) => task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

    /// <summary>Runs batches one at a time, each when the test lets it.</summary>
    private sealed class Runner
    {
        private readonly Channel<bool> _go = Channel.CreateUnbounded<bool>();
        private readonly Channel<bool> _begun = Channel.CreateUnbounded<bool>();

        public List<int[]> Batches { get; } = [];

        public Func<int[], Exception?> Fault { get; set; } = _ => null;

        public async Task<IReadOnlyList<int>> RunAsync(IReadOnlyList<int> items)
        {
            Batches.Add([.. items]);
            _begun.Writer.TryWrite(true);
            await _go.Reader.ReadAsync();
            return Fault([.. items]) is { } fault ? throw fault : [.. items.Select(item => item * 10)];
        }

        public async Task BegunAsync() => await Soon(_begun.Reader.ReadAsync().AsTask());

        public void Go(int batches = 1)
        {
            for (var i = 0; i < batches; i++)
                _go.Writer.TryWrite(true);
        }
    }

    [Fact]
    public async Task Everyone_gets_their_own_answer_in_order_and_in_bounded_batches()
    {
        await Gen.Select(Gen.Int[1, 9], Gen.Int[1, 60]).SampleAsync(async (maxBatch, items) =>
        {
            var runner = new Runner();
            runner.Go(1000);
            var batcher = new NaturalBatcher<int, int>(runner.RunAsync, maxBatch, maxWaiting: 1000);

            var answers = await Soon(Task.WhenAll(Enumerable.Range(0, items).Select(batcher.Add)));

            Assert.Equal(Enumerable.Range(0, items).Select(item => item * 10), answers);
            Assert.Equal(Enumerable.Range(0, items), runner.Batches.SelectMany(batch => batch));
            Assert.All(runner.Batches, batch => Assert.InRange(batch.Length, 1, maxBatch));
        }, iter: 200, threads: 1);
    }

    [Fact]
    public async Task An_item_never_joins_a_batch_that_has_begun_and_what_waits_goes_together()
    {
        var runner = new Runner();
        var batcher = new NaturalBatcher<int, int>(runner.RunAsync, maxBatch: 3, maxWaiting: 10);
        var first = batcher.Add(1);
        await runner.BegunAsync();

        var others = Enumerable.Range(2, 4).Select(batcher.Add).ToArray();
        runner.Go();
        await runner.BegunAsync();
        runner.Go(2);

        Assert.Equal((int[])[10, 20, 30, 40, 50], await Soon(Task.WhenAll([first, .. others])));
        Assert.Equal([[1], [2, 3, 4], [5]], runner.Batches);
    }

    [Fact]
    public async Task More_than_may_wait_are_refused_at_once_and_the_rest_answered()
    {
        var runner = new Runner();
        var batcher = new NaturalBatcher<int, int>(runner.RunAsync, maxBatch: 10, maxWaiting: 2);
        var first = batcher.Add(1);
        await runner.BegunAsync();
        var waiting = new[] { batcher.Add(2), batcher.Add(3) };

        Assert.Throws<UnavailableException>(() => { _ = batcher.Add(4); });
        Assert.Throws<UnavailableException>(() => batcher.TryAdd(5, out _));

        runner.Go(2);
        Assert.Equal((int[])[10, 20, 30], await Soon(Task.WhenAll([first, .. waiting])));
        runner.Go();
        Assert.Equal(60, await Soon(batcher.Add(6)));
    }

    [Fact]
    public async Task A_fault_fails_exactly_its_batch()
    {
        var runner = new Runner { Fault = items => items.Contains(3) ? new UnavailableException("three") : null };
        var batcher = new NaturalBatcher<int, int>(runner.RunAsync, maxBatch: 2, maxWaiting: 10);
        var answers = new List<Task<int>> { batcher.Add(1) };
        await runner.BegunAsync();
        answers.AddRange(Enumerable.Range(2, 4).Select(batcher.Add));
        runner.Go(10);

        foreach (var failed in answers[1..3])
            Assert.Equal("three", (await Assert.ThrowsAsync<UnavailableException>(() => Soon(failed))).Message);
        Assert.Equal((int[])[10, 40, 50], await Soon(Task.WhenAll(answers[0], answers[3], answers[4])));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_runner_that_breaks_its_word_fails_its_batch_and_not_the_next(bool throwsAtOnce)
    {
        var broken = true;
        var batcher = new NaturalBatcher<int, int>(
            items => !broken ? Task.FromResult<IReadOnlyList<int>>([.. items])
                : throwsAtOnce ? throw new InvalidOperationException("at once") : Task.FromResult<IReadOnlyList<int>>([]),
            maxBatch: 10, maxWaiting: 10);

        await Assert.ThrowsAsync<InvalidOperationException>(() => Soon(batcher.Add(1)));
        broken = false;

        Assert.Equal(2, await Soon(batcher.Add(2)));
    }

    [Fact]
    public async Task A_batcher_at_work_cannot_be_retired_and_a_retired_one_takes_nothing()
    {
        var runner = new Runner();
        var batcher = new NaturalBatcher<int, int>(runner.RunAsync, maxBatch: 10, maxWaiting: 10);
        var answer = batcher.Add(1);
        Assert.False(batcher.TryRetire());
        runner.Go();
        await Soon(answer);

        await Eventually.EqualAsync("it comes to rest", true, () => Task.FromResult(batcher.TryRetire()), TimeSpan.FromSeconds(60));

        Assert.False(batcher.TryAdd(2, out _));
        Assert.Throws<UnavailableException>(() => { _ = batcher.Add(2); });
        Assert.True(batcher.TryRetire());
    }

    [Fact]
    public async Task Whatever_is_taken_in_a_race_with_retiring_is_answered()
    {
        for (var round = 0; round < 100; round++)
        {
            var batcher = new NaturalBatcher<int, int>(items => Task.FromResult<IReadOnlyList<int>>([.. items]), 4, 1000);
            var retiring = Task.Run(() => { while (!batcher.TryRetire()) Thread.Yield(); }, TestContext.Current.CancellationToken);
            var adding = Enumerable.Range(0, 3).Select(writer => Task.Run(async () =>
            {
                for (var i = 0; batcher.TryAdd(i, out var answer); i++)
                    Assert.Equal(i, await Soon(answer));
            }, TestContext.Current.CancellationToken));

            await Soon(Task.WhenAll([retiring, .. adding]));
        }
    }
}
