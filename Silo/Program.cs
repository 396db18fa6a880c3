using SecKill.Silo;
using SecKill.Silo.Audit;
using SecKill.Silo.Hosting;
using SecKill.Silo.Telemetry;

if (OperatorCommand.TryParse(args, out var command))
    return await Startup.RunAsync(args, Usage.Text, () => command.RunAsync(Console.Out, Console.Error));

return await Startup.RunAsync(args, Usage.Text, async () =>
{
    var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
    builder.UseDefaults(url: "http://localhost:20081");
    var silo = builder.Configuration.Read<SiloOptions>(SiloOptions.Section);
    _ = silo.Address;
    builder.Configuration.CheckSiloSettings();
    builder.AddTelemetry("seckill-silo");
    using var loggers = Startup.LoggersBeforeHost(builder.Configuration);
    builder.Configuration.WarnOfUnknown(loggers);
    builder.RefuseTaken();
    silo.RefuseTaken();
    using var stop = new CancelOnSignal();
    await using var stores = await Stores.ConnectAsync(builder.Configuration, loggers, stop.Token);

    builder.AddClusterSilo(stores);
    builder.Services.AddHealth().AddStores(stores, loggers).AddSiloMembership();
    var app = builder.Build();
    app.UseMetricsPort();
    app.MapHealth();
    app.MapMetrics();
    app.LogWhenStarted("silo");
    await app.RunUntilStoppedAsync(stop.Token);
});
