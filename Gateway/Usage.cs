namespace SecKill.Gateway;

/// <summary>The answer to <c>--help</c>.</summary>
internal static class Usage
{
    public const string Text = """
        SecKill gateway: the REST API.

          dotnet SecKill.Gateway.dll [--Name:Of:Setting=value …]
          dotnet SecKill.Gateway.dll --probe http://localhost:20080/health/ready    exit code 0 if ready; also live, startup
          dotnet SecKill.Gateway.dll --version

        The API is described at /openapi.json and, for reading and trying, at /docs.

        Without connection strings it runs everything in this one process (embedded mode). With ConnectionStrings:Redis it
        is a gateway to the silos that it finds there (cluster mode).

        Settings, as environment variables (Name__Of__Setting), appsettings.json or arguments:
          ASPNETCORE_URLS             http://localhost:20080
          ConnectionStrings:Redis     cluster mode: e.g. localhost:6379
          Auth:SigningKey             cluster mode: needed, base64 of at least 32 random bytes, the same for all gateways
          Auth:TokenLifetime          01:00:00
          Auth:Issuer, Auth:Audience  seckill
          Cluster:Id                  seckill, as the silos have it; so too
          Cluster:ServiceId           seckill
          Claims:MaxWaiting           20000 claims waiting at this gateway (half for one coupon) before it answers 503
          Claims:Patience             00:00:05 in which a claim is answered, else 503; sent within two fifths
          Shutdown:Grace              00:00:05 for which it still answers once it was told to stop (embedded mode: none)
          Admin:Key                   none; 16 characters or more turn on the operators' routes, which want them as
                                      Authorization: Bearer KEY (docs/operating/audit.md):
                                      GET /api/admin/audit[?seller=…&coupon=…][&deep=true], POST /api/admin/rebuild?seller=…&coupon=…,
                                      GET /api/admin/placement[?seller=…&coupon=…] (docs/operating/capacity.md)
                                      and, in a browser, the Orleans Dashboard at /dashboard, which asks for the key
          Dashboard:Enabled           true; false: no dashboard, although there is a key (docs/operating/operations.md)
          Docs:Enabled                true; false: neither /openapi.json nor /docs
          Limits:AccountBurst         600 registrations and log-ins at once from one client address; 0: no limit
          Limits:AccountsPerSecond    10 from then on; more are answered 429
          Limits:CouponBurst          1000 coupons that one seller creates at once; 0: no limit
          Limits:CouponsPerSecond     20 from then on; more are answered 429
          Limits:TrustedProxies       none; addresses and networks, separated by commas, whose X-Forwarded-For is believed
          Limits:ReadTimeout          00:00:10 in which a client must have sent headers, and again a body, and
                                      must have begun to take its answer
          Limits:MaxConnections       65536 open connections; more are closed
          Telemetry:Prometheus        true; serves /metrics
          Telemetry:MetricsPort       0; a port for /metrics alone, 0: it is served beside the API
          OTEL_EXPORTER_OTLP_ENDPOINT none; where metrics and traces are sent, e.g. http://localhost:4317 (docs/operating/observability.md;
                                      the other OTEL_… variables hold too)
          Logging:Console:FormatterName  lines; json writes each log entry as JSON
          Live:Enabled                true; false turns off /api/live and the sale page at /, which are open to everybody
          Live:MaxWatchers            20000 at this gateway; more are answered 503
          Live:WatchersPerAddress     1000 of them from one client address, more are answered 429; 0: no limit
          Live:MaxSales               1000 different sales watched at this gateway; for more it is 503
          Live:SalesPerAddress        50 of them opened by one client address, for more it is 429; 0: no limit
          Live:Interval               00:00:01 from one reading of a sale to the next, for all who watch it
          Live:EventsPerSecond        3000 sent to all watchers together; where they are more, each gets fewer
          Silo:CoHosted               false; true makes this process a silo of the cluster too (then see the silo's --help)
          Data:Folder                 embedded mode: data, in the current directory
          and in the embedded mode the settings of the silo (see its --help), Silo:* and ConnectionStrings:* aside
        """;
}
