using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Dashboard;
using Orleans.Networking.Shared;
using SecKill.Grains.Accounts;
using SecKill.Grains.Claims;
using SecKill.Grains.Hosting.Membership;
using SecKill.Grains.Hosting.Placement;
using SecKill.Grains.Lists;
using SecKill.Grains.Live;
using SecKill.Grains.Outbox;
using SecKill.Grains.Recovery;
using SecKill.Grains.Telemetry;
using SecKill.Grains.Users;
using SecKill.ServiceDefaults.Configuration;
using SecKill.ServiceDefaults.Hosting;
using SecKill.ServiceDefaults.Telemetry;

namespace SecKill.Grains.Hosting;

/// <summary>Makes a host a SecKill silo: the same for a silo process, for the embedded mode and for tests.</summary>
public static class SiloHosting
{
    private static readonly TimeSpan _watchdogStarts = TimeSpan.FromMinutes(1);

    /// <summary>The options classes that a silo reads.</summary>
    public static IReadOnlyList<Type> Settings { get; } =
        [typeof(SiloSettings), typeof(ClusterNames), typeof(CouponOptions), typeof(PasswordOptions), typeof(DashboardSettings)];

    /// <summary>Checks the settings of any silo, before its stores are opened.</summary>
    /// <exception cref="ConfigurationException">One is wrong.</exception>
    public static void CheckSiloSettings(this IConfiguration configuration)
    {
        configuration.Read<ClusterNames>();
        configuration.Read<CouponOptions>();
        configuration.Read<PasswordOptions>();
        configuration.Read<DashboardSettings>();
    }

    /// <summary>Adds a silo that finds its cluster through Redis.</summary>
    public static void AddClusterSilo(this IHostApplicationBuilder builder, Stores stores)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var options = builder.Configuration.Read<SiloSettings>();
        builder.Services.AddSingleton(stores);
        builder.Services.TryAddSingleton(TimeProvider.System);
        var names = builder.Configuration.Read<ClusterNames>();
        var signs = new SignsOfLife(TimeProvider.System);
        signs.Follow(stores.ClusterRedis, MembershipTable.KeyOf(names.Id, names.ServiceId));
        builder.Services.AddSingleton(_ => signs);
        // Before Orleans, which starts only once all listed members answer.
        builder.Services.AddHostedService<SilentMembers>();
        builder.AddSilo(stores, silo =>
        {
            // The options must exist, although they are not read here.
            silo.UseRedisClustering(redis => (redis.ConfigurationOptions, redis.CreateMultiplexer) = (new(), _ => Task.FromResult((stores.ClusterRedis, IsShared: true))));
            // A stopping silo tells gateways first, and gives them this long to send elsewhere.
            silo.Configure<SiloMessagingOptions>(messaging => messaging.ClientGatewayShutdownNotificationTimeout = TimeSpan.FromSeconds(1));
            var (port, gatewayPort) = PortsOr(options.Port, options.GatewayPort);
            if (options.Address is { } address)
                silo.ConfigureEndpoints(address, port, gatewayPort, listenOnAnyHostAddress: !IPAddress.IsLoopback(address));
            else
                silo.ConfigureEndpoints(port, gatewayPort, listenOnAnyHostAddress: true);
        });
        builder.Services.AddHostedService<MembershipKeeper>();
    }

    /// <summary>Adds a silo that is a cluster by itself, reachable from this machine only.</summary>
    public static void AddEmbeddedSilo(this IHostApplicationBuilder builder, Stores stores)
    {
        var (port, gatewayPort) = PortsOr(0, 0);
        builder.AddSilo(stores, silo => silo.UseLocalhostClustering(port, gatewayPort));
    }

    /// <summary>The services and storage that the grains need, for any silo.</summary>
    public static void AddGrainServices(this ISiloBuilder silo, Stores stores)
    {
        ArgumentNullException.ThrowIfNull(silo);
        ArgumentNullException.ThrowIfNull(stores);
        silo.UseRedisReminderService(redis => (redis.ConfigurationOptions, redis.CreateMultiplexer) = (new(), _ => Task.FromResult((stores.ClusterRedis, IsShared: true))));
        silo.AddAdoNetGrainStorage(Account.StorageName, storage =>
        {
            storage.Invariant = stores.StorageInvariant;
            storage.ConnectionString = stores.Storage;
        });
        var services = silo.Services;
        services.AddSingleton(stores.Stock);
        services.AddSingleton(stores.Ledger);
        services.AddPlacementDirector<OnNamedSilo, OnNamedSiloDirector>();
        services.AddSingleton<LedgerWriter>();
        services.AddSingleton<CouponSales>();
        services.AddSingleton<ClaimCounters>();
        services.AddSingleton(new ClaimSlots(ClaimSlots.PerSilo));
        services.AddSingleton<PasswordHashing>();
        services.AddSingleton<CouponLists>();
        services.AddSingleton<Auditor>();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<LogOutRecord>();
        services.AddSingleton<LedgerWatch>();
        services.AddHostedService<SiloGauges>();
        services.AddSettings<CouponOptions>(silo.Configuration);
        services.AddSettings<PasswordOptions>(silo.Configuration);
    }

    private static void AddSilo(this IHostApplicationBuilder builder, Stores stores, Action<ISiloBuilder> join)
    {
        var names = builder.Configuration.Read<ClusterNames>();
        builder.Services.AddSingleton<IFatalErrorHandler, SiloEnd>();
        // Orleans 10.4's watchdog may run before its first check and then logs a false warning; it is muted for a minute.
        var begun = Stopwatch.GetTimestamp();
        builder.Logging.AddFilter("Orleans.Runtime.Watchdog", level =>
            level >= LogLevel.Error || (level == LogLevel.Warning && Stopwatch.GetElapsedTime(begun) > _watchdogStarts));
        builder.UseOrleans(silo =>
        {
            join(silo);
            silo.Configure<ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = (names.Id, names.ServiceId));
            silo.Configure<ClusterMembershipOptions>(membership =>
            {
                // A killed silo is declared dead after 1 to 2 s. A frozen or partitioned one must be silent for MaxProbeTimeout ×
                // NumMissedProbesLimit, far longer than any GC pause here.
                membership.ProbeTimeout = TimeSpan.FromSeconds(2);
                membership.MaxProbeTimeout = TimeSpan.FromSeconds(2.5);
                membership.NumMissedProbesLimit = 2;
                // How soon a silo that was cut off learns that it was declared dead.
                membership.TableRefreshTimeout = TimeSpan.FromSeconds(5);
                // The sign of life that SilentMembers reads. Orleans compares its age across two machines' clocks, so there the limit stays at
                // 90 s.
                membership.IAmAliveTablePublishTimeout = SignsOfLife.RenewEvery;
                membership.NumMissedTableIAmAliveLimit = 90;
                // It compares the clocks of two machines: a silo 5 min ahead would declare joining silos dead.
                membership.EvictWhenMaxJoinAttemptTimeExceeded = false;
            });
            silo.Configure<SocketConnectionOptions>(OrleansConnections.NoticeSilence);
            // Without the dashboard's log view: its viewers need not be allowed to read logs.
            if (builder.Configuration.Read<DashboardSettings>().Enabled)
                silo.AddDashboard(dashboard => dashboard.HideTrace = true);
            silo.AddGrainServices(stores);
            // A filter costs every call, so add it only if traces are exported.
            if (builder.Configuration.SendsTraces())
                silo.AddActivityPropagation();
        });
        // After Orleans, so that it starts once the silo serves.
        builder.Services.AddHostedService<WarmUp>();
        builder.Services.AddHostedService(services => services.GetRequiredService<LedgerWatch>());
        builder.Services.AddHostedService<ClockWatch>();
    }

    /// <summary>Replaces each 0 by a free port. Both are held until both are known, so they differ.</summary>
    private static (int Port, int GatewayPort) PortsOr(int port, int gatewayPort)
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        using var gatewayProbe = new TcpListener(IPAddress.Loopback, 0);
        return (Or(port, probe), Or(gatewayPort, gatewayProbe));

        static int Or(int port, TcpListener probe)
        {
            if (port != 0)
                return port;
            probe.Start();
            return ((IPEndPoint)probe.LocalEndpoint).Port;
        }
    }
}
