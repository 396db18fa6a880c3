using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace SecKill.Gateway.Hosting;

/// <summary>How a gateway leaves. Section <c>Shutdown</c> of the configuration.</summary>
public sealed class ShutdownOptions
{
    /// <summary>
    /// How long a gateway that was told to stop goes on answering, while it tells its clients, and the balancer before it, to
    /// take another one. Default 5 s, in the embedded mode, where there is no other one, none. Longer than a balancer needs to
    /// notice that it is not ready; or that one sends it claims when it does not listen any more.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:20")]
    public TimeSpan Grace { get; set; } = TimeSpan.FromSeconds(5);
}

/// <summary>
/// Lets a gateway leave without cutting anybody off: told to stop, it is no longer ready, but answers on, and closes each
/// connection with an answer that says so. Only then it stops to listen, answers what it has, and leaves the cluster.
/// </summary>
internal sealed class Leaving(IOptions<ShutdownOptions> options) : IHostedLifecycleService, IHealthCheck
{
    /// <summary>Why it is not ready while it stops.</summary>
    public const string ToldToStop = "It was told to stop.";

    private volatile bool _isLeaving;

    /// <summary>Middleware; before all that may answer.</summary>
    public Task TellAsync(HttpContext context, RequestDelegate next)
    {
        if (_isLeaving)
            context.Response.Headers.Connection = "close";
        return next(context);
    }

    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        _isLeaving = true;
        return Task.Delay(options.Value.Grace, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(_isLeaving ? HealthCheckResult.Unhealthy(ToldToStop) : HealthCheckResult.Healthy());

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
