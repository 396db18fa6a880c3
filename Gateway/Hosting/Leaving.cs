using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace SecKill.Gateway.Hosting;

/// <summary>How a gateway leaves. Section <c>Shutdown</c> of the configuration.</summary>
public sealed class ShutdownOptions
{
    /// <summary>
    /// How long a gateway that was told to stop goes on answering, at most, while it tells clients to take another one. Default
    /// 5 s. It ends as soon as no connection is open. A client that is silent for longer may find its connection closed
    /// just as it sends.
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
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(50);

    private volatile bool _isLeaving;
    private int _connections;

    /// <summary>Counts connections, so that the last one's end is known.</summary>
    public void Count(ListenOptions listen) => listen.Use(next => async connection =>
    {
        Interlocked.Increment(ref _connections);
        try
        {
            await next(connection);
        }
        finally
        {
            Interlocked.Decrement(ref _connections);
        }
    });

    /// <summary>Middleware; before all that may answer.</summary>
    public Task TellAsync(HttpContext context, RequestDelegate next)
    {
        if (_isLeaving)
            context.Response.Headers.Connection = "close";
        return next(context);
    }

    /// <inheritdoc/>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        _isLeaving = true;
        using var grace = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        grace.CancelAfter(options.Value.Grace);
        while (Volatile.Read(ref _connections) > 0 && !grace.IsCancellationRequested)
            await Task.Delay(_pause, grace.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(_isLeaving ? HealthCheckResult.Unhealthy("It was told to stop.") : HealthCheckResult.Healthy());

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
