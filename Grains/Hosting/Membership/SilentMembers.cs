using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace SecKill.Grains.Hosting.Membership;

/// <summary>
/// Declares members dead that have not renewed their row for five seconds and whose address refuses connections. Orleans needs votes for
/// that: if most silos die at once, too few are left to vote, and joining silos wait until the rows are 90 s old by their own clock. Runs
/// before this silo joins, as that is when Orleans waits for the dead.
/// </summary>
/// <remarks>
/// The fault upstream is https://github.com/dotnet/orleans/issues/9220 (open; seen with 10.4): a joining silo monitors only suspected and
/// stale members (<c>ClusterHealthMonitor.UpdateMonitoredSilos</c>), and the dead count among the voters until they are stale. This class
/// can go with a version that lets a joining silo evict members that do not answer.
/// Does not rely on other machines' clocks (see <see cref="SignsOfLife"/>). A frozen silo still listens, and a partitioned one that reaches
/// Redis renews its row: both are left to Orleans' votes.
/// </remarks>
internal sealed partial class SilentMembers(
    MembershipTable table, SignsOfLife signs, ILocalSiloDetails silo, IClusterMembershipService members, TimeProvider time, ILogger<SilentMembers> logger)
    : BackgroundService
{
    private static readonly TimeSpan _period = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan _silence = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _connectLimit = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _tellEvery = TimeSpan.FromSeconds(3);

    private readonly HashSet<SiloAddress> _declared = [];
    private long _told;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            using var timer = new PeriodicTimer(_period, time);
            do
            {
                await ReadAsync();
                await LookAsync(stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (Exception fault) when (fault is OperationCanceledException or ChannelClosedException or ObjectDisposedException)
        {
            // The host stops.
        }
    }

    private async Task ReadAsync()
    {
        try
        {
            signs.See(await table.ReadAsync());
        }
        catch (Exception fault) when (fault is RedisException or TimeoutException)
        {
            // While the table cannot be read, it cannot be written either.
            signs.StartAnew();
        }
    }

    private async Task LookAsync(CancellationToken stopping)
    {
        var snapshot = members.CurrentSnapshot;
        var own = snapshot.GetSiloStatus(silo.SiloAddress);
        if (own is not (SiloStatus.Created or SiloStatus.Joining or SiloStatus.Active))
            return;
        var silent = snapshot.Members.Values.Where(member => member.Status is SiloStatus.Active or SiloStatus.ShuttingDown or SiloStatus.Stopping
            && !member.SiloAddress.Equals(silo.SiloAddress) && SilenceOf(member.SiloAddress) > SignsOfLife.RenewEvery * 2).Select(member => member.SiloAddress).ToArray();
        _declared.IntersectWith(silent);
        var due = Array.FindAll(silent, member => SilenceOf(member) >= _silence);
        var isHeard = await Task.WhenAll(due.Select(member => _declared.Contains(member) ? Task.FromResult(false) : IsListeningAsync(member.Endpoint, stopping)));
        for (var i = 0; i < due.Length; i++)
        {
            if (isHeard[i])
                signs.Heard($"{due[i]}");
            else
                await DeclareDeadAsync(due[i]);
        }
        if (own != SiloStatus.Active)
            LogMissing(silent);
    }

    private async Task DeclareDeadAsync(SiloAddress member)
    {
        if (_declared.Add(member))
            LogDead(member, SilenceOf(member).TotalSeconds);
        // Repeated until the table says so: another silo may have written at the same moment.
        await members.TryKill(member);
    }

    private TimeSpan SilenceOf(SiloAddress member) => signs.SilenceOf($"{member}");

    private void LogMissing(SiloAddress[] silent)
    {
        if (silent.Length == 0 || (_told != 0 && time.GetElapsedTime(_told) < _tellEvery))
            return;
        _told = time.GetTimestamp();
        LogWaiting(string.Join(", ", silent.Select(member => $"{member}")), _silence.TotalSeconds);
    }

    private static async Task<bool> IsListeningAsync(IPEndPoint address, CancellationToken stopping)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        limit.CancelAfter(_connectLimit);
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(address, limit.Token);
            return true;
        }
        catch (Exception fault) when (fault is SocketException or OperationCanceledException)
        {
            stopping.ThrowIfCancellationRequested();
            return false;
        }
    }

    [LoggerMessage(EventIds.SilentDeclaredDead, LogLevel.Warning, "Silo {Silo} has given no sign of life for {Seconds:0} s, and nothing listens at its address: it is declared dead.")]
    private partial void LogDead(SiloAddress silo, double seconds);

    [LoggerMessage(EventIds.SilentAwaited, LogLevel.Warning,
        "This silo waits to join the cluster for members that give no sign of life: {Silos}. Such a member is declared dead after {Seconds:0} s, unless something listens at its address.")]
    private partial void LogWaiting(string silos, double seconds);
}
