using System.Net;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Clustering.Redis;
using Orleans.Configuration;
using Orleans.Dashboard;
using SecKill.Grains.Accounts;
using SecKill.Grains.Claims;
using SecKill.Grains.Hosting.Membership;
using SecKill.Grains.Hosting.Placement;
using SecKill.Grains.Live;
using SecKill.Grains.Recovery;
using SecKill.Grains.Redemptions;
using SecKill.Grains.Users;
using SecKill.ServiceDefaults.Hosting;
using SecKill.ServiceDefaults.Stops;

namespace SecKill.Grains.Hosting;

/// <summary>Makes a host a SecKill silo: the same for a silo process, for the embedded mode and for tests.</summary>
public static class SiloHosting
{
    private static readonly TimeSpan _watchdogStarts = TimeSpan.FromMinutes(1);

    /// <summary>The options classes that a silo reads.</summary>
    public static IReadOnlyList<Type> Settings { get; } =
        [typeof(SiloSettings), typeof(ClusterNames), typeof(CouponOptions), typeof(RedemptionOptions), typeof(PasswordOptions), typeof(DashboardSettings)];

    /// <summary>Adds a silo that finds its cluster through Redis.</summary>
    /// <exception cref="ConfigurationException">A port is taken.</exception>
    public static void AddClusterSilo(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var options = builder.Configuration.Read<SiloSettings>();
        options.RefuseTakenPorts();
        builder.Services.AddClusterStores();
        builder.Services.AddSingleton<MembershipTable>();
        builder.Services.AddSingleton<SignsOfLife>();
        // Before Orleans, which starts only once all listed members answer.
        builder.Services.AddHostedService<SilentMembers>();
        builder.AddSilo(silo =>
        {
            silo.UseRedisClustering(redis => redis.ConfigurationOptions = new());
            silo.Services.AddOptions<RedisClusteringOptions>().Configure<Stores>((redis, stores) => redis.CreateMultiplexer = _ => Task.FromResult((stores.ClusterRedis, IsShared: true)));
            // A stopping silo tells gateways first, and gives them this long to send elsewhere.
            silo.Configure<SiloMessagingOptions>(messaging => messaging.ClientGatewayShutdownNotificationTimeout = TimeSpan.FromSeconds(1));
            var free = Ports.Free(2);
            var (port, gatewayPort) = (options.Port is 0 ? free[0] : options.Port, options.GatewayPort is 0 ? free[1] : options.GatewayPort);
            if (options.Address is { } address)
                silo.ConfigureEndpoints(address, port, gatewayPort, listenOnAnyHostAddress: !IPAddress.IsLoopback(address));
            else
                silo.ConfigureEndpoints(port, gatewayPort, listenOnAnyHostAddress: true);
        });
        builder.Services.AddHostedService<MembershipKeeper>();
    }

    /// <summary>Adds a silo that is a cluster by itself, reachable from this machine only. Its stores are added apart.</summary>
    public static void AddEmbeddedSilo(this IHostApplicationBuilder builder)
    {
        var ports = Ports.Free(2);
        builder.AddSilo(silo => silo.UseLocalhostClustering(ports[0], ports[1]));
    }

    /// <summary>The services and storage that the grains need, for any silo. The host has a <see cref="RedisSource"/> and a <see cref="SqlLedger"/>.</summary>
    public static void AddGrainServices(this ISiloBuilder silo)
    {
        ArgumentNullException.ThrowIfNull(silo);
        // The options must exist, although they are not read where the connection is given.
        silo.UseRedisReminderService(redis => redis.ConfigurationOptions = new());
        silo.AddAdoNetGrainStorage(Account.StorageName, storage => storage.Configure<SqlLedger>((options, ledger) =>
            (options.Invariant, options.ConnectionString) = ledger.GrainStorage));
        var services = silo.Services;
        services.AddOptions<RedisReminderTableOptions>().Configure<Stores>((redis, stores) => redis.CreateMultiplexer = _ => Task.FromResult((stores.ClusterRedis, IsShared: true)));
        services.AddSingleton<StockServer>();
        services.AddSingleton<ILedger>(provider => provider.GetRequiredService<SqlLedger>());
        services.AddSingleton<Stores>();
        services.AddHostedService(provider => provider.GetRequiredService<Stores>());
        services.AddPlacementDirector<OnNamedSilo, OnNamedSiloDirector>();
        services.AddSingleton<LedgerWriter>();
        services.AddSingleton<RedemptionWriter>();
        services.AddSingleton<CouponSales>();
        services.AddSingleton<ClaimCounters>();
        services.AddSingleton(new ClaimSlots(ClaimSlots.PerSilo));
        services.AddSingleton<PasswordHashing>();
        services.AddSingleton<CouponLists>();
        services.AddSingleton<Auditor>();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<LogOutRecord>();
        services.AddSingleton<LedgerWatch>();
        services.TryAddSingleton<KnownStops>();
        services.AddHostedService<SiloGauges>();
        services.AddSettings(Settings);
    }

    private static void AddSilo(this IHostApplicationBuilder builder, Action<ISiloBuilder> join)
    {
        builder.Services.AddSingleton<IFatalErrorHandler, SiloEnd>();
        // Orleans 10.4's watchdog may run before its first check and then logs a false warning; it is muted for a minute.
        builder.Services.AddOptions<LoggerFilterOptions>().Configure<TimeProvider>((filters, time) =>
        {
            var began = time.GetTimestamp();
            filters.AddFilter("Orleans.Runtime.Watchdog", level =>
                level >= LogLevel.Error || (level == LogLevel.Warning && time.GetElapsedTime(began) > _watchdogStarts));
        });
        builder.Services.AddOrleansDefaults();
        builder.UseOrleans(silo =>
        {
            join(silo);
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
            // Without the dashboard's log view: its viewers need not be allowed to read logs.
            if (builder.Configuration.Read<DashboardSettings>().Enabled)
                silo.AddDashboard(dashboard => dashboard.HideTrace = true);
            silo.AddGrainServices();
            // A filter costs every call, so add it only if traces are exported.
            if (builder.Configuration.SendsTraces())
                silo.AddActivityPropagation();
        });
        // After Orleans, so that it starts once the silo serves.
        builder.Services.AddHostedService<WarmUp>();
        builder.Services.AddHostedService(services => services.GetRequiredService<LedgerWatch>());
        builder.Services.AddHostedService(services => services.GetRequiredService<KnownStops>());
        builder.Services.AddHostedService<ClockWatch>();
    }
}
