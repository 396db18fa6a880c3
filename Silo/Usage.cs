using SecKill.Grains.Hosting;
using SecKill.ServiceDefaults.Hosting;
using SecKill.ServiceDefaults.Telemetry;

namespace SecKill.Silo;

/// <summary>The answer to <c>--help</c>.</summary>
internal static class Usage
{
    /// <summary>The options classes that a silo reads.</summary>
    public static IReadOnlyList<Type> Settings { get; } = [.. SiloHosting.Settings, typeof(TelemetryOptions)];

    /// <summary>The answer.</summary>
    public static string Text() => Help.Text(About, Settings);

    private const string About = """
        SecKill silo: hosts the grains that sell coupons. Start as many as you like against one Redis and one MySQL.

          dotnet SecKill.Silo.dll [--Name:Of:Setting=value …]
          dotnet SecKill.Silo.dll --probe http://localhost:20081/health/ready    exit code 0 if ready; also live, startup
          dotnet SecKill.Silo.dll --version
          dotnet SecKill.Silo.dll --audit [SELLER COUPON] [--deep]      do Redis and the ledger agree about a coupon, or all?
          dotnet SecKill.Silo.dll --rebuild SELLER COUPON               rebuilds a coupon's stock from the ledger
          dotnet SecKill.Silo.dll --repair                              writes back what MySQL has lost and Redis knows, all coupons
          dotnet SecKill.Silo.dll --roll-back                           gives the stores back to programs of the protocol number before

        All talk to Redis and MySQL themselves. Silos may run or not, but for --roll-back, which refuses beside any and where a
        coupon uses what earlier programs do not know (docs/operating/backup.md). --audit changes nothing. --repair is for a MySQL
        that was put back to an earlier state (docs/operating/audit.md), and can be repeated; exit code 0: all is done. Of the others:
        0 they agree (what Redis cannot be trusted with and will rebuild is no difference), 2 they differ, 1 it could not be
        told or done. --deep looks further: for one coupon into its owners' lists, for all at every name. In the embedded
        mode use the gateway's /api/admin/audit and /api/admin/rebuild instead (see its --help, Admin:Key).

        Settings, as environment variables (Name__Of__Setting), appsettings.json or arguments; name, default, meaning:
          ASPNETCORE_URLS               http://localhost:20081   the health endpoints and /metrics
          ConnectionStrings:Redis       needed   e.g. localhost:6379; with replicas: primary and replicas, separated by commas
          ConnectionStrings:MySql       needed   e.g. Server=localhost;User ID=seckill;Password=…;Database=seckill
          OTEL_EXPORTER_OTLP_ENDPOINT   none     where metrics and traces are sent, e.g. http://localhost:4317; the other OTEL_… variables hold too
          Logging:Console:FormatterName simple   one line an entry; json writes each entry as JSON
        """;
}
