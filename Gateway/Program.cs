using SecKill.Embedded;
using SecKill.Gateway;
using SecKill.Gateway.Claims;
using SecKill.Gateway.Coupons;
using SecKill.Gateway.Hosting;
using SecKill.Gateway.Lists;
using SecKill.Gateway.Live;
using SecKill.Gateway.Operators;
using SecKill.Gateway.Receipts;
using SecKill.Gateway.Redemptions;
using SecKill.ServiceDefaults.HealthChecks;
using SecKill.ServiceDefaults.Hosting;

return await ProgramRun.RunAsync(args, Usage.Text, async () =>
{
    var builder = ProgramHost.CreateBuilder(args, "http://localhost:20080", Usage.Settings);
    builder.AddTelemetry("seckill-gateway");

    var redis = builder.Configuration.GetConnectionString("Redis");
    var isEmbedded = string.IsNullOrEmpty(redis);
    if (isEmbedded && !string.IsNullOrEmpty(builder.Configuration.GetConnectionString("MySql")))
        throw new ConfigurationException("ConnectionStrings:MySql is set but ConnectionStrings:Redis is not. A gateway needs the latter; set neither for the embedded mode.");

    builder.Services.AddSingleton<AdminKey>();
    // Without dashboard routes, a silo in this process need not count calls for it.
    if (!DashboardRoutes.IsOn(builder.Configuration))
        builder.Configuration["Dashboard:Enabled"] = "false";
    else
        builder.Services.AddOperatorCookie();

    // Before the first socket, which the check of the ports is.
    if (!isEmbedded)
        SocketThreads.RunCompletionsInline();
    builder.RefuseTaken();

    var hasSilo = isEmbedded || builder.Configuration.Read<SiloSettings>().CoHosted;
    if (isEmbedded)
    {
        builder.AddOnlySilo();
        builder.Services.AddOptions<AuthOptions>().PostConfigure<DataFolder>((auth, data) => auth.SigningKey = auth.SigningKey is { Length: > 0 } key ? key : data.SigningKey);
        builder.Services.AddOptions<ReceiptOptions>().PostConfigure<DataFolder>((receipts, data) => receipts.Keys = receipts.Keys is { Length: > 0 } keys ? keys : data.ReceiptKeys);
    }
    else if (hasSilo)
    {
        builder.AddCoHostedSilo();
    }
    else
    {
        builder.AddClusterClient(redis!);
    }

    builder.WebHost.UseSockets(SocketThreads.PreferInline);
    builder.Services.AddConnectionLimits();
    builder.Services.AddTrustedProxies();
    builder.Services.AddAccountLimit();
    builder.Services.AddSingleton<GracefulShutdown>();
    builder.Services.AddHostedService(services => services.GetRequiredService<GracefulShutdown>());
    builder.Services.AddCoupons();
    builder.Services.AddFeeds();
    builder.Services.AddReceipts();
    builder.Services.AddRedemptions();
    ClaimEndpoint.Add(builder.Services);
    builder.Services.AddHostedService<GatewayGauges>();
    ListEndpoint.Add(builder.Services);
    builder.AddLive();
    // After the silo or the client, since it reads the log-outs from a grain.
    builder.Services.AddTokenCheck();
    builder.Services.AddSingleton<ClusterCheck>();
    var health = builder.Services.AddHealth().AddCheck<ClusterCheck>("cluster").AddCheck<GracefulShutdown>("leaving");
    if (hasSilo)
        health.AddSiloInGateway();
    builder.Services.AddDocs();

    await using var app = builder.Build();
    app.UseAnswerHeaders();
    app.UseTargetCheck();
    app.UseMetricsPort();
    app.Use(app.Services.GetRequiredService<GracefulShutdown>().CloseConnectionAsync);
    app.UseExceptionAnswers();
    app.Use(app.Services.GetRequiredService<HotRoutes>().AnswerAsync);
    app.UseLivePage();
    app.UseHeadAsGet();
    // Called here explicitly, or the host would put it in front of all, and the quick routes would pay for being routed.
    app.UseRouting();
    app.UseRefusalAnswers();
    // Walks back along the trusted proxies; the first other address is the client's.
    app.UseForwardedHeaders();
    app.UseRateLimiter();
    app.UseAuthentication();
    app.UseAuthorization();
    app.MapMetrics();
    app.MapHealth((path, route) => route.WithHealthDocs(path));
    app.MapAccounts();
    app.MapCoupons();
    app.MapSaleChanges();
    app.MapReturns();
    app.MapWaiting();
    app.MapFeeds();
    app.MapReceipts();
    app.MapRedemptions();
    ListEndpoint.Map(app);
    ClaimEndpoint.Map(app);
    app.MapLive();
    AdminApi.Map(app);
    app.MapDashboard();
    app.MapDocs();
    app.PrintWhenStarted();
    return await app.RunToEndAsync();
});
