using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace SecKill.Gateway.Hosting;

/// <summary>How a gateway stops. Section <c>Shutdown</c> of the configuration.</summary>
[SettingsSection("Shutdown")]
public sealed class ShutdownOptions
{
    /// <summary>
    /// How long a gateway that was told to stop goes on answering, while it tells its clients and the balancer before it to take another one.
    /// Default 5 s; none in the embedded mode, which has no other gateway. It must be longer than the balancer needs to notice that the gateway is not
    /// ready, or the balancer sends claims to a gateway that does not listen any more.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:20")]
    public TimeSpan Grace { get; set; } = TimeSpan.FromSeconds(5);
}

/// <summary>
/// Stops a gateway without losing a request: told to stop, it is not ready any more but answers for the grace, each time with
/// <c>Connection: close</c>. Then the host closes the listener, answers what is under way, and leaves the cluster.
/// </summary>
internal sealed class GracefulShutdown(IOptions<ShutdownOptions> options, TimeProvider clock) : IHostedLifecycleService, IHealthCheck
{
    /// <summary>Why a gateway that stops is not ready.</summary>
    public const string ToldToStop = "It was told to stop.";

    private volatile bool _isStopping;

    /// <summary>Middleware; before all that may answer.</summary>
    public Task CloseConnectionAsync(HttpContext context, RequestDelegate next)
    {
        if (_isStopping)
            context.Response.Headers.Connection = "close";
        return next(context);
    }

    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        _isStopping = true;
        return Task.Delay(options.Value.Grace, clock, cancellationToken);
    }

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(_isStopping ? HealthCheckResult.Unhealthy(ToldToStop) : HealthCheckResult.Healthy());

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
