using System.Globalization;
using System.Net;
using Orleans.Messaging;
using SecKill.Gateway.Hosting;

namespace SecKill.Gateway.Claims;

/// <summary>
/// Looks which silos are members of the cluster, and gives up what is under way to those that are not any more: claims at once, since it is known
/// to which silo they go, all other calls by <see cref="LostCalls"/>. Orleans' client would wait for their answers until each call's time-out: it
/// does not know which silo its calls are for.
/// </summary>
internal sealed partial class SiloWatch(IGatewayListProvider members, ClaimRoutes routes, LostCalls lost, ILogger<SiloWatch> logger) : BackgroundService
{
    // One small read of Redis a gateway. How late a death is noticed here, after the silos have agreed on it.
    private static readonly TimeSpan _period = TimeSpan.FromMilliseconds(500);

    private HashSet<(IPAddress, int)> _present = [];
    private int _silos;

    /// <summary>How many silos there were when the list was last read.</summary>
    public int Silos => Volatile.Read(ref _silos);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_period);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await LookAsync();
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }

    private async Task LookAsync()
    {
        try
        {
            var present = (await members.GetGateways()).Select(Start).ToHashSet();
            Volatile.Write(ref _silos, present.Count);
            // None at all: then it is the list that was lost, not every silo at once.
            if (present.Count == 0)
                return;
            routes.GiveUpAllBut(present);
            if (!_present.IsSubsetOf(present))
                lost.NoteLoss();
            _present = present;
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            LogNotRead(fault.Message);
        }
    }

    /// <summary>Address and time of start, which a silo's ports for silos and for gateways have in common.</summary>
    private static (IPAddress, int) Start(Uri gateway) =>
        (IPAddress.Parse(gateway.Host), int.Parse(gateway.AbsolutePath.AsSpan(1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture));

    [LoggerMessage(LogLevel.Warning, "The members of the cluster could not be read, will be tried again. {Reason}")]
    private partial void LogNotRead(string reason);
}
