using System.Reflection;
using Orleans.Messaging;
using SecKill.Gateway.Hosting;
using SecKill.Grains.Interfaces.Users;

namespace SecKill.Tests.Unit.Claims;

/// <summary>A call to a silo that is lost ends soon, and not with its response timeout.</summary>
public sealed class LossMonitorTests : IAsyncLifetime
{
    private const string First = "127.0.0.1:11111@100";
    private const string Second = "127.0.0.1:11112@200";

    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(60);

    private readonly TestClock _clock = new();
    private readonly Members _members = new();
    private readonly LossMonitor _monitor;

    public LossMonitorTests() => _monitor = new LossMonitor(_members, _clock, NullLogger<LossMonitor>.Instance);

    public async ValueTask InitializeAsync()
    {
        await _monitor.StartAsync(CancellationToken.None);
        await Eventually.EqualAsync("it waits for its first look", 1, () => Task.FromResult(_clock.Timers), _soon);
        await LookAsync(1, 2);
    }

    public async ValueTask DisposeAsync()
    {
        await _monitor.StopAsync(CancellationToken.None);
        _monitor.Dispose();
    }

    [Fact]
    public async Task A_call_to_a_silo_that_leaves_is_lost_at_once_and_the_next_is_not_sent()
    {
        var (lost, kept) = (Call<IClaimBatchGrain>(First), Call<IClaimBatchGrain>(Second));

        await LookAsync(2);

        await Assert.ThrowsAsync<CallLostException>(() => lost.WaitAsync(_soon, TestContext.Current.CancellationToken));
        Assert.False(kept.IsCompleted);
        await Assert.ThrowsAsync<SiloGoneException>(() => Call<IClaimBatchGrain>(First));
        Assert.Equal(1, _monitor.Silos);

        // The table had lost it.
        await LookAsync(1, 2);
        Assert.False(Call<IClaimBatchGrain>(First).IsCompleted);
    }

    [Fact]
    public async Task Any_other_call_is_lost_if_it_began_before_the_loss_and_has_no_answer_soon_after_it()
    {
        var (lost, answered) = (Call<IUserGrain>("user"), new TaskCompletionSource());
        var call = Call<IUserGrain>("user", answered.Task);

        _monitor.NoteBrokenConnection();
        var later = Call<IUserGrain>("user");
        answered.SetResult();
        await call.WaitAsync(_soon, TestContext.Current.CancellationToken);
        Assert.False(lost.IsCompleted);
        _clock.Advance(TimeSpan.FromSeconds(1));

        await Assert.ThrowsAsync<CallLostException>(() => lost.WaitAsync(_soon, TestContext.Current.CancellationToken));
        Assert.False(later.IsCompleted);
    }

    [Fact]
    public async Task A_table_without_any_silo_is_lost_itself()
    {
        var call = Call<IClaimBatchGrain>(First);

        await LookAsync();
        await LookAsync(1, 2);

        Assert.False(call.IsCompleted);
    }

    private Task Call<T>(string key, Task? answer = null) => _monitor.Invoke(CallContext.Of(typeof(T), key, answer ?? new TaskCompletionSource().Task));

    /// <summary>Has the monitor look at the members: twice, since the second look begins after the end of the first.</summary>
    private async Task LookAsync(params int[] silos)
    {
        _members.Present = [.. silos.Select(i => new Uri($"gwy.tcp://127.0.0.1:{30000 + i}/{100 * i}"))];
        for (var look = 0; look < 2; look++)
        {
            var reads = _members.Reads;
            _clock.Advance(TimeSpan.FromMilliseconds(500));
            await Eventually.EqualAsync("it looks", reads + 1, () => Task.FromResult(_members.Reads), _soon);
        }
    }

    private sealed class Members : IGatewayListProvider
    {
        private int _reads;

        public Uri[] Present { get; set; } = [];

        public int Reads => Volatile.Read(ref _reads);

        public TimeSpan MaxStaleness => TimeSpan.Zero;

        public bool IsUpdatable => true;

        public Task InitializeGatewayListProvider() => Task.CompletedTask;

        public Task<IList<Uri>> GetGateways()
        {
            Interlocked.Increment(ref _reads);
            return Task.FromResult<IList<Uri>>(Present);
        }
    }
}

/// <summary>A call that a grain reference is about to make.</summary>
public class CallContext : DispatchProxy
{
    private object _grain = null!;
    private GrainId _target;
    private Task _answer = null!;

    internal static IOutgoingGrainCallContext Of(Type type, string key, Task answer)
    {
        var context = Create<IOutgoingGrainCallContext, CallContext>();
        var call = (CallContext)(object)context;
        (call._grain, call._target, call._answer) = (FakeGrains.Reference(type), GrainId.Create("grain", key), answer);
        return context;
    }

    /// <inheritdoc/>
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => targetMethod!.Name switch
    {
        "get_Grain" => _grain,
        "get_TargetId" => _target,
        nameof(IGrainCallContext.Invoke) => _answer,
        _ => throw new NotSupportedException(targetMethod.Name),
    };
}
