namespace SecKill.ServiceDefaults.Telemetry;

/// <summary><c>/metrics</c>, where it is served.</summary>
internal static class MetricsEndpoint
{
    private const string Path = "/metrics";
    private const string Kestrel = "Kestrel:Endpoints";

    /// <summary>Serves it if enabled: on the common port, or alone on its own.</summary>
    public static void MapMetrics(this WebApplication app)
    {
        var options = app.Services.GetRequiredService<IOptions<TelemetryOptions>>().Value;
        if (options is { Prometheus: true, MetricsPort: 0 })
            app.MapPrometheusScrapingEndpoint(Path);
    }

    /// <summary>As <see cref="MapMetrics"/>, for a separate port; first in the pipeline.</summary>
    public static void UseMetricsPort(this WebApplication app)
    {
        if (app.Services.GetRequiredService<IOptions<TelemetryOptions>>().Value is not { Prometheus: true, MetricsPort: > 0 and var port })
            return;
        app.MapWhen(context => context.Connection.LocalPort == port, only =>
        {
            only.UseOpenTelemetryPrometheusScrapingEndpoint(Path);
            only.Run(context =>
            {
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
            });
        });
    }

    /// <summary>Whether a path is an operators' one, whose requests are not traced.</summary>
    internal static bool IsOfOperators(PathString path) => path.StartsWithSegments(Path) || path.StartsWithSegments("/health");

    /// <summary>Adds a port, however the others were set.</summary>
    internal static void ListenForMetrics(this WebApplicationBuilder builder, int port)
    {
        var (settings, url) = (builder.Configuration, $"http://*:{port}");
        if (settings.GetSection(Kestrel).Exists())
        {
            settings[$"{Kestrel}:SecKillMetrics:Url"] = url;
            return;
        }
        var urls = builder.WebHost.GetSetting(WebHostDefaults.ServerUrlsKey);
        if (string.IsNullOrEmpty(urls))
            urls = string.Join(';', Ports("http").Concat(Ports("https")));
        builder.WebHost.UseUrls([.. urls.Split(';'), url]);

        IEnumerable<string> Ports(string scheme) =>
            (settings[$"{scheme}_ports"] ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(one => $"{scheme}://*:{one}");
    }
}
