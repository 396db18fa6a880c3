using Microsoft.Extensions.Hosting;
using SecKill.Grains.Hosting;
using SecKill.ServiceDefaults.Hosting;

namespace SecKill.Tests.Unit.Hosting;

/// <summary>A silo whose clock is set back so far that Orleans would activate nothing any more ends itself.</summary>
public sealed class ClockWatchTests : TimeProvider
{
    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(30);
    private DateTimeOffset _now = new(2026, 11, 11, 0, 0, 0, TimeSpan.Zero);

    private int _looks;

    public override DateTimeOffset GetUtcNow()
    {
        Interlocked.Increment(ref _looks);
        return _now;
    }

    /// <summary>A second of the watch takes ten milliseconds.</summary>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        base.CreateTimer(callback, state, dueTime / 100, period / 100);

    [Theory]
    [InlineData(-11)]
    [InlineData(60, -4, -4, -4)]
    public async Task A_silo_ends_when_its_clock_was_set_back_far_be_it_in_several_steps(params int[] minutes)
    {
        var host = new Host();
        var end = new ProcessEnd(host);
        using var watch = new ClockWatch(this, end, NullLogger<ClockWatch>.Instance);
        await watch.StartAsync(TestContext.Current.CancellationToken);

        foreach (var step in minutes)
        {
            await LookedAtAsync();
            Assert.Null(end.Reason);
            _now += TimeSpan.FromMinutes(step);
        }

        await host.Stopped.WaitAsync(_soon, TestContext.Current.CancellationToken);
        Assert.StartsWith("The clock was set back by 0.00:1", end.Reason, StringComparison.Ordinal);
    }

    private Task<int> LookedAtAsync()
    {
        var before = Volatile.Read(ref _looks);
        return Eventually.HoldsAsync("the clock is looked at", "once more", () => Task.FromResult(Volatile.Read(ref _looks)), looks => looks > before, _soon);
    }

    private sealed class Host : IHostApplicationLifetime
    {
        private readonly TaskCompletionSource _stopped = new();

        public Task Stopped => _stopped.Task;

        public CancellationToken ApplicationStarted => default;

        public CancellationToken ApplicationStopping => default;

        public CancellationToken ApplicationStopped => default;

        public void StopApplication() => _stopped.TrySetResult();
    }
}
