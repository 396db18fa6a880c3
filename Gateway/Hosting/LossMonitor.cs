using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Orleans.Messaging;

namespace SecKill.Gateway.Hosting;

/// <summary>
/// Abandons the grain calls that a lost silo or a broken connection will never answer.
/// <para>
/// Fault upstream: an external client of Orleans (10.4.2) fails no call when a silo dies; each call waits for its response timeout. Two causes.
/// (1) A silo that forwards a client's request to the grain's silo keeps no record of it, so the death of the grain's silo fails nothing:
/// https://github.com/dotnet/orleans/issues/10165, with a fix proposed in https://github.com/dotnet/orleans/pull/10539 (open).
/// (2) When the client's own connection to a silo closes, <c>ClientMessageCenter.OnGatewayConnectionClosed</c> only tells the observers of the number of gateways.
/// <c>OutsideRuntimeClient.BreakOutstandingMessagesToSilo</c> exists, but only silos call its counterpart (<c>SiloConnectionMaintainer</c>);
/// asked for in https://github.com/dotnet/orleans/issues/942. To reproduce: a client, two silos, a grain method that takes 20 s, a response timeout of 30 s;
/// kill the grain's silo after 1 s. The call fails after 30 s, although the cluster has declared the silo dead after 2 s.
/// This class can go with the first version of Orleans that has the fix of #10165 and fails the requests of a closed connection.
/// </para>
/// <para>
/// A call to a grain whose key is its silo (<see cref="IClaimBatchGrain"/>, <see cref="IClaimCounterGrain"/>) fails at once when that silo leaves the cluster. The silo of
/// any other call is not known; but calls take milliseconds, so each call that began before a loss and has no answer soon after it is taken for lost.
/// </para>
/// </summary>
internal sealed partial class LossMonitor(IGatewayListProvider members, TimeProvider clock, ILogger<LossMonitor> logger)
    : BackgroundService, IOutgoingGrainCallFilter
{
    // One small read of Redis. It bounds how late a gateway notices a death on which the silos have agreed.
    private static readonly TimeSpan _period = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan _lookTimeout = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(1);

    // Silos hear of a death after the membership table has it: until then they forward calls to the dead silo.
    private const int LooksAfterALoss = 5;

    private readonly CallGroup _others = new(clock);
    private readonly ConcurrentDictionary<string, CallGroup> _silos = new();
    private HashSet<(IPAddress, int)> _present = [];
    private int _looksAfterLoss;
    private volatile int _silosPresent;
    private volatile bool _areMembersRead;

    /// <summary>The number of silos at the last look that could read it.</summary>
    public int Silos => _silosPresent;

    /// <summary>Whether the last look could read the members.</summary>
    public bool AreMembersRead => _areMembersRead;

    /// <summary>A connection to a silo is broken.</summary>
    public void NoteBrokenConnection() => AbandonSoon();

    /// <exception cref="CallLostException">The call is lost. It may have taken effect.</exception>
    /// <exception cref="SiloGoneException">The silo of the grain is gone. The call was not sent.</exception>
    public async Task Invoke(IOutgoingGrainCallContext context)
    {
        var lost = GroupOf(context).Lost;
        var call = context.Invoke();
        try
        {
            await call.WaitAsync(lost);
        }
        catch (OperationCanceledException) when (lost.IsCancellationRequested && !call.IsCompleted)
        {
            call.Ignore();
            throw new CallLostException();
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // At once: the health check tells how many silos there are.
        await LookAsync();
        using var timer = new PeriodicTimer(_period, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            await LookAsync();
    }

    /// <summary>Address and time of start: what a silo's address and its gateway's address have in common.</summary>
    private static (IPAddress, int) StartOf(Uri gateway) =>
        (IPAddress.Parse(gateway.Host), int.Parse(gateway.AbsolutePath.AsSpan(1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture));

    private static (IPAddress, int) StartOfSilo(SiloAddress silo) => (silo.Endpoint.Address, silo.Generation);

    private CallGroup GroupOf(IOutgoingGrainCallContext context)
    {
        if (context.Grain is not (IClaimBatchGrain or IClaimCounterGrain))
            return _others;
        var silo = context.TargetId.Key.ToString()!;
        var calls = _silos.GetOrAdd(silo, static (_, clock) => new CallGroup(clock), clock);
        return calls.LooksGone == 0 ? calls : throw new SiloGoneException($"Silo {silo} is no member of the cluster.");
    }

    private async Task LookAsync()
    {
        try
        {
            var present = (await members.GetGateways().WaitAsync(_lookTimeout, clock)).Select(StartOf).ToHashSet();
            (_silosPresent, _areMembersRead) = (present.Count, true);
            // None at all: the table was lost, and not every silo at once.
            if (present.Count == 0)
                return;
            foreach (var silo in _silos)
                Look(silo, present.Contains(StartOfSilo(SiloAddress.FromParsableString(silo.Key))));
            if (!_present.IsSubsetOf(present))
                _looksAfterLoss = LooksAfterALoss;
            if (_looksAfterLoss > 0)
            {
                _looksAfterLoss--;
                AbandonSoon();
            }
            _present = present;
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            _areMembersRead = false;
            LogNotRead(fault);
        }
    }

    private void Look(KeyValuePair<string, CallGroup> silo, bool isPresent)
    {
        var wasGone = silo.Value.LooksGone > 0;
        if (!isPresent)
            silo.Value.LooksGone++;
        if (!isPresent && !wasGone)
        {
            LogGone(silo.Key);
            silo.Value.Abandon(after: TimeSpan.Zero);
        }
        // The table had lost the silo and has it again. Or no claim goes to it any more.
        else if (isPresent ? wasGone : silo.Value.LooksGone > LooksAfterALoss)
        {
            _silos.TryRemove(silo);
        }
    }

    private void AbandonSoon()
    {
        _others.Abandon(_soon);
        foreach (var silo in _silos)
            silo.Value.Abandon(_soon);
    }

    [LoggerMessage(EventIds.SiloGone, LogLevel.Information, "Silo {Silo} is gone; the calls under way to it are abandoned.")]
    private partial void LogGone(string silo);

    [LoggerMessage(EventIds.MembersNotRead, LogLevel.Warning, "The members of the cluster could not be read; retrying.")]
    private partial void LogNotRead(Exception fault);

    /// <summary>Calls that are abandoned together.</summary>
    [SuppressMessage("Design", "CA1001", Justification = "A source without a wait handle, whose timer has fired or was never set, has nothing to dispose.")]
    private sealed class CallGroup(TimeProvider clock)
    {
        private volatile CancellationTokenSource _current = new(Timeout.InfiniteTimeSpan, clock);
        private volatile int _looksGone;

        /// <summary>At how many looks the silo of these calls was no member any more.</summary>
        public int LooksGone
        {
            get => _looksGone;
            set => _looksGone = value;
        }

        /// <summary>For a call that begins now: cancelled when it is taken for lost.</summary>
        public CancellationToken Lost => _current.Token;

        /// <summary>Abandons the calls that are under way now, and of them only those that have no answer by then.</summary>
        public void Abandon(TimeSpan after) =>
            Interlocked.Exchange(ref _current, new CancellationTokenSource(Timeout.InfiniteTimeSpan, clock)).CancelAfter(after);
    }
}

/// <summary>A call was lost with a silo: whether it took effect is not known.</summary>
internal sealed class CallLostException() : TimeoutException("The call was lost with a silo.");
