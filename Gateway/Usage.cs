using SecKill.Embedded;
using SecKill.Gateway.Claims;
using SecKill.Gateway.Hosting;
using SecKill.Gateway.Live;
using SecKill.Gateway.Operators;
using SecKill.Gateway.Receipts;
using SecKill.ServiceDefaults.Hosting;

namespace SecKill.Gateway;

/// <summary>The answer to <c>--help</c>.</summary>
internal static class Usage
{
    /// <summary>The options classes that a gateway reads; with a silo in its process, those of <see cref="SiloInGateway.Settings"/> too.</summary>
    public static IReadOnlyList<Type> Settings { get; } =
    [
        typeof(AuthOptions), typeof(ReceiptOptions), typeof(ClaimOptions), typeof(LimitOptions), typeof(LiveOptions), typeof(AdminOptions), typeof(DashboardSettings),
        typeof(DocsOptions), typeof(ShutdownOptions), typeof(ClusterNames), typeof(SiloSettings), typeof(DataOptions), typeof(TelemetryOptions),
    ];

    public static string Text() => Help.Text(About, Settings.Union(SiloInGateway.Settings));

    private const string About = """
        SecKill gateway: the REST API.

          dotnet SecKill.Gateway.dll [--Name:Of:Setting=value …]
          dotnet SecKill.Gateway.dll --probe http://localhost:20080/health/ready    exit code 0 if ready; also live, startup
          dotnet SecKill.Gateway.dll --version

        The API is described at /openapi.json and, for reading and trying, at /docs.

        Without connection strings it runs everything in this one process (embedded mode). With ConnectionStrings:Redis it
        is a gateway to the silos that it finds there (cluster mode).

        Where Admin:Key is set, there are operators' routes below /api/admin, which want it as Authorization: Bearer KEY
        (described at /docs and in docs/operating), and in a browser the Orleans Dashboard at /dashboard.

        Settings, as environment variables (Name__Of__Setting), appsettings.json or arguments; name, default, meaning:
          ASPNETCORE_URLS               http://localhost:20080
          ConnectionStrings:Redis       cluster mode: e.g. localhost:6379
          OTEL_EXPORTER_OTLP_ENDPOINT   none     where metrics and traces are sent, e.g. http://localhost:4317; the other OTEL_… variables hold too
          Logging:Console:FormatterName simple   one line an entry; json writes each entry as JSON
          Coupons:*, Redemptions:* and Passwords:* hold where a silo runs in this process: in the embedded mode, and with Silo:CoHosted.
        """;
}
