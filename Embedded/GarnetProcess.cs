using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Garnet;
using Garnet.common;
using Garnet.server;
using Garnet.server.Auth.Settings;
using SecKill.ServiceDefaults.Hosting;
using Tsavorite.core;

namespace SecKill.Embedded;

/// <summary>One Garnet server inside this process, on loopback, over one log folder.</summary>
internal sealed partial class GarnetProcess : IDisposable
{
    private const int PortAttempts = 20;

    private readonly GarnetServer _server;

    private GarnetProcess(GarnetServer server, int port, string password)
    {
        _server = server;
        Port = port;
        Configuration = $"127.0.0.1:{port},password={password}";
    }

    public int Port { get; }

    /// <summary>For StackExchange.Redis, with the password.</summary>
    public string Configuration { get; }

    /// <summary>Recovers the log and listens on a free port.</summary>
    /// <remarks>
    /// Starting with less than was committed would be a silent loss. Garnet 2.2.8 does that if the log ends within a commit record (power
    /// cut, full disk): it takes the log to end at a half-read address, or to be empty (<c>TsavoriteLog.RestoreLatest</c> ignores the
    /// failure; later versions go back to the last good record). We then cut off the rest, which no client was told of, and read again.
    /// </remarks>
    /// <param name="folder">The log's folder, created if missing.</param>
    /// <param name="password">Required of every connection.</param>
    /// <param name="loggers">Where Garnet's own log goes.</param>
    /// <exception cref="SocketException">No free port was found.</exception>
    /// <exception cref="ConfigurationException">The log is damaged: not all that was committed can be read.</exception>
    public static GarnetProcess Start(string folder, string password, ILoggerFactory loggers)
    {
        Directory.CreateDirectory(folder);
        var committed = CommittedLog.EndIn(folder);
        if (TryStart(folder, password, committed, loggers, out var fault) is { } started)
            return started;
        var cut = CommittedLog.CutAt(folder, committed);
        LogCut(loggers.CreateLogger<GarnetProcess>(), folder, cut, fault!.Message);
        return TryStart(folder, password, committed, loggers, out fault) ?? throw CommittedLog.Damaged(folder, fault);
    }

    /// <returns>Null if the log was not read up to its last commit.</returns>
    private static GarnetProcess? TryStart(string folder, string password, long committed, ILoggerFactory loggers, out Exception? fault)
    {
        for (var attempt = 1; ; attempt++)
        {
            var port = Ports.Free(1)[0];
            var server = new GarnetServer(Options(folder, port, password), loggers);
            try
            {
                server.Start();
                var read = Address(server, "CommittedUntilAddress");
                fault = read < committed ? new IOException($"It was read to byte {read}, and committed to byte {committed}.") : null;
                if (fault is null)
                    return new GarnetProcess(server, port, password);
                server.Dispose(deleteDir: false);
                return null;
            }
            catch (TsavoriteException unreadable)
            {
                server.Dispose(deleteDir: false);
                fault = unreadable;
                return null;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse && attempt < PortAttempts)
            {
                // Another process took the port after we found it free (Garnet does not report the port it got for port 0).
                server.Dispose(deleteDir: false);
            }
            catch
            {
                server.Dispose(deleteDir: false);
                throw;
            }
        }
    }

    /// <summary>Returns once all that was written is on disk.</summary>
    public async Task CommitAsync()
    {
        if (!await _server.Store.CommitAOFAsync(CancellationToken.None))
            throw new IOException("Garnet did not commit its log.");
        await _server.Store.WaitForCommitAsync();
    }

    public void Dispose() => _server.Dispose(deleteDir: false);

    private static long Address(GarnetServer server, string name) => long.Parse(
        server.Metrics.GetInfoMetrics(InfoMetricsType.PERSISTENCE).Single(item => item.Name == name).Value, CultureInfo.InvariantCulture);

    private static GarnetServerOptions Options(string folder, int port, string password) => new()
    {
        EndPoints = [new IPEndPoint(IPAddress.Loopback, port)],
        AuthSettings = new AclAuthenticationPasswordSettings(aclConfigurationFile: null, password),
        QuietMode = true,
        MaxDatabases = 1,

        // Without transaction mode scripts of two connections interleave.
        EnableLua = true,
        LuaTransactionMode = true,
        LuaOptions = new LuaOptions(),

        // StockServer commits the log (COMMITAOF) after each call that writes, before it answers. WaitForCommit would wait for
        // the disk after each write inside a script. The waits block pool threads, hence their number.
        EnableAOF = true,
        CommitFrequencyMs = -1,
        ThreadPoolMinThreads = 64,

        // An unreadable log must stop the start, or it would look like an empty store. Garnet does not detect all of them, see Start.
        Recover = true,
        FailOnRecoveryError = true,
        CheckpointDir = folder,

        // The native device wants a newer C library than Debian 12 has and ends the process. With file buffering
        // "disabled" Garnet opens the log on Linux with O_DIRECT but without O_SYNC: enough for a killed process, not
        // for a power cut. Left on, it is opened with O_SYNC, so that an answer means: on disk.
        DeviceType = DeviceType.RandomAccess,
        DeviceFactoryCreator = new LocalStorageNamedDeviceFactoryCreator(deviceType: DeviceType.RandomAccess, disableFileBuffering: false),

        // All data stay in memory. Garnet 2.2.8 ends the process when it moves a set or list to its storage tier
        // while that is being changed, and its checkpoints then lose data; without a tier it would drop what
        // exceeds this limit. So the limit is out of reach; pages are allocated as they are needed.
        EnableStorageTier = false,
        LogMemorySize = "1t",
        PageSize = "4m",
        IndexMemorySize = "32m",

        AofMemorySize = "32m",
        AofPageSize = "8m",
        AofSegmentSize = "64m",
    };

    [LoggerMessage(EventIds.LogCut, LogLevel.Warning, "The log in '{Folder}' ended within a commit that was never answered; the {Bytes} bytes behind the last whole one were cut off. {Reason}")]
    private static partial void LogCut(ILogger logger, string folder, long bytes, string reason);
}
