using SecKill.Grains.Hosting;
using SecKill.ServiceDefaults.Configuration;
using SecKill.ServiceDefaults.HealthChecks;
using SecKill.ServiceDefaults.Hosting;
using SecKill.ServiceDefaults.Logs;
using SecKill.ServiceDefaults.Telemetry;
using SecKill.Silo;
using SecKill.Silo.Audit;

if (OperatorCommand.TryParse(args, out var command))
    return await ProgramRun.AnswerAsync(args, Usage.Text, () => command.RunAsync(Console.Out, Console.Error));

return await ProgramRun.RunAsync(args, Usage.Text, async () =>
{
    var builder = ProgramHost.CreateBuilder(args, url: "http://localhost:20081");
    var silo = builder.Configuration.Read<SiloSettings>();
    _ = silo.Address;
    builder.Configuration.CheckSiloSettings();
    builder.AddTelemetry("seckill-silo");
    using var loggers = LogSetup.BeforeHost(builder.Configuration);
    builder.Configuration.WarnOfUnknown(loggers);
    builder.RefuseTaken();
    silo.RefuseTakenPorts();
    using var stop = new CancelOnSignal();
    await using var stores = await Stores.ConnectAsync(builder.Configuration, loggers, stop.Token);

    builder.AddClusterSilo(stores);
    builder.Services.AddHealth().AddStores(stores, loggers).AddSiloMembership();
    var app = builder.Build();
    app.UseMetricsPort();
    app.MapHealth();
    app.MapMetrics();
    app.LogWhenStarted("silo");
    return await app.RunToEndAsync(stop.Token);
});
