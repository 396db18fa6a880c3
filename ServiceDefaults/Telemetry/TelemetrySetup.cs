using Microsoft.Extensions.Configuration.Memory;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using SecKill.ServiceDefaults.HealthChecks;

namespace SecKill.ServiceDefaults.Telemetry;

/// <summary>Sets up telemetry of a gateway or silo: metrics for Prometheus; metrics and traces by OTLP if configured.</summary>
internal static class TelemetrySetup
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>Adds it. The standard variables of OpenTelemetry override what is set here.</summary>
    /// <param name="builder">The host's builder, its URLs set.</param>
    /// <param name="service">The service's name.</param>
    /// <exception cref="ConfigurationException">A setting is wrong.</exception>
    public static void AddTelemetry(this WebApplicationBuilder builder, string service)
    {
        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource
        {
            InitialData = new Dictionary<string, string?>
            {
                ["OTEL_SERVICE_NAME"] = service,
                // In a sale, one request in a thousand is enough.
                ["OTEL_TRACES_SAMPLER"] = "parentbased_traceidratio",
                ["OTEL_TRACES_SAMPLER_ARG"] = "0.001",
            },
        });
        var options = builder.Configuration.Read<TelemetryOptions>();
        if (options is { Prometheus: true, MetricsPort: > 0 and var port })
            builder.ListenForMetrics(port);
        var sendsMetrics = builder.Configuration.Sends("METRICS");
        if (options.Prometheus || sendsMetrics)
            builder.AddMetrics(options.Prometheus, sendsMetrics);
        if (builder.Configuration.SendsTraces())
            builder.AddTraces();
        if (options.Prometheus || sendsMetrics || builder.Configuration.SendsTraces())
            builder.Services.AddOpenTelemetry().ConfigureResource(BuildInfo.Describe);
    }

    /// <summary>Whether activities are recorded at all; if not, they cost nothing.</summary>
    public static bool SendsTraces(this IConfiguration configuration) => configuration.Sends("TRACES");

    /// <param name="configuration">The settings.</param>
    /// <param name="signal">METRICS or TRACES.</param>
    /// <exception cref="ConfigurationException">The endpoint cannot be read.</exception>
    private static bool Sends(this IConfiguration configuration, string signal)
    {
        var name = $"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT";
        if (configuration[name] is not { Length: > 0 } endpoint)
            (name, endpoint) = (Endpoint, configuration[Endpoint] ?? "");
        if (endpoint.Length == 0 || string.Equals(configuration["OTEL_SDK_DISABLED"], "true", StringComparison.OrdinalIgnoreCase))
            return false;
        return Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            ? true
            : throw new ConfigurationException($"{name} is '{endpoint}', which is no URL such as http://localhost:4317.");
    }

    private static void AddMetrics(this WebApplicationBuilder builder, bool toPrometheus, bool toOtlp)
    {
        builder.Services.AddOpenTelemetry().WithMetrics(metrics =>
        {
            metrics.AddMeter(SecKillMeter.Name);
            foreach (var meter in OtherMeters.Names)
                metrics.AddMeter(meter);
            metrics.AddView(OtherMeters.Choose);
            if (toPrometheus)
                metrics.AddPrometheusExporter(prometheus => prometheus.ScopeInfoEnabled = false);
            if (toOtlp)
                metrics.AddOtlpExporter();
        });
        builder.Services.AddSingleton<IHealthCheckPublisher, ReadyGauge>();
        builder.Services.Configure<HealthCheckPublisherOptions>(publisher =>
            (publisher.Predicate, publisher.Delay, publisher.Period) = (Health.IsOfReadiness, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5)));
    }

    private static void AddTraces(this WebApplicationBuilder builder) => builder.Services.AddOpenTelemetry().WithTracing(traces => traces
        .AddSource(Tracing.Name)
        .AddSource(Orleans.Diagnostics.ActivitySources.AllActivitySourceName)
        .AddAspNetCoreInstrumentation(web => web.Filter = request => !MetricsEndpoint.IsOfOperators(request.Request.Path))
        .AddOtlpExporter());
}
