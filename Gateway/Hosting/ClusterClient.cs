using Orleans.Configuration;
using Orleans.Dashboard;
using SecKill.Gateway.Operators;
using SecKill.ServiceDefaults.Hosting;
using SecKill.ServiceDefaults.Stops;

namespace SecKill.Gateway.Hosting;

/// <summary>The gateway as a client of a cluster of silos, which it finds through Redis.</summary>
internal static partial class ClusterClient
{
    /// <summary>Adds the client. It waits for silos at start and reconnects by itself later.</summary>
    /// <exception cref="ConfigurationException">The connection string cannot be read.</exception>
    public static void AddClusterClient(this WebApplicationBuilder builder, string redis)
    {
        var connection = RedisSettings.ForOrleans(redis, "seckill-gateway");
        builder.Services.AddOrleansDefaults();
        builder.UseOrleansClient(client =>
        {
            client.UseRedisClustering(options => options.ConfigurationOptions = connection);
            client.Configure<GatewayOptions>(gateways => gateways.GatewayListRefreshPeriod = TimeSpan.FromSeconds(5));
            client.AddGatewayCountChangedHandler(services => (_, change) =>
            {
                if (change.NumberOfConnectedGateways < change.PreviousNumberOfConnectedGateways)
                    services.GetRequiredService<LossMonitor>().NoteBrokenConnection();
            });
            client.Services.AddSingleton<LossMonitor>();
            client.Services.AddHostedService(services => services.GetRequiredService<LossMonitor>());
            client.Services.AddSingleton<IOutgoingGrainCallFilter>(services => services.GetRequiredService<LossMonitor>());
            client.Services.AddSingleton<KnownStops>();
            client.Services.AddHostedService(services => services.GetRequiredService<KnownStops>());
            if (DashboardRoutes.IsOn(builder.Configuration))
                client.AddDashboard(dashboard => dashboard.HideTrace = true);
            client.UseConnectionRetryFilter<WaitForSilos>();
            // A filter costs every call, so add it only if traces are exported.
            if (builder.Configuration.SendsTraces())
                client.AddActivityPropagation();
        });
    }

    /// <summary>A gateway may be started before its silos, or before Redis: it waits for them as long as it takes, and says so.</summary>
    private sealed partial class WaitForSilos(IConfiguration configuration, IOptions<ClusterNames> cluster, TimeProvider clock, ILogger<WaitForSilos> logger)
        : IClientConnectionRetryFilter
    {
        private static readonly TimeSpan _pause = TimeSpan.FromSeconds(1);

        private Task? _look;

        public async Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
        {
            LogWaiting(exception.Message);
            _look ??= ThrowIfOthersRunAsync(cancellationToken);
            await Task.Delay(_pause, clock, cancellationToken);
            if (_look.IsCompleted)
            {
                await _look;
                _look = null;
            }
            return true;
        }

        /// <summary>Beside silos of its own protocol number it need not look: those refuse to start beside others.</summary>
        private async Task ThrowIfOthersRunAsync(CancellationToken cancellation)
        {
            try
            {
                var redis = RedisSettings.ForOrleans(RedisSettings.Require(configuration), "seckill-upgrade");
                await new OtherPrograms(redis, cluster.Value, clock).ThrowIfAnyAsync(cancellation);
            }
            catch (Exception fault) when (fault is not (ConfigurationException or OperationCanceledException or OutOfMemoryException))
            {
                // It waits for Redis as for silos.
            }
        }

        // The reason alone: the line comes each second until a silo is there, and the stack is always the same.
        [LoggerMessage(EventIds.SiloAwaited, LogLevel.Warning, "No silo answers yet. {Reason}")]
        private partial void LogWaiting(string reason);
    }
}
