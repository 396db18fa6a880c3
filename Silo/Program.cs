using SecKill.Grains.Hosting;
using SecKill.ServiceDefaults.HealthChecks;
using SecKill.ServiceDefaults.Hosting;
using SecKill.ServiceDefaults.Telemetry;
using SecKill.Silo;
using SecKill.Silo.Audit;

if (OperatorCommand.TryParse(args, out var command))
    return await ProgramRun.AnswerAsync(args, Usage.Text, () => command.RunAsync(Console.Out, Console.Error));

return await ProgramRun.RunAsync(args, Usage.Text, async () =>
{
    var builder = ProgramHost.CreateBuilder(args, "http://localhost:20081", Usage.Settings);
    builder.AddTelemetry("seckill-silo");
    builder.RefuseTaken();
    builder.AddClusterSilo();
    builder.Services.AddHealth().AddSilo();
    await using var app = builder.Build();
    app.UseMetricsPort();
    app.MapHealth();
    app.MapMetrics();
    app.LogWhenStarted("silo");
    return await app.RunToEndAsync();
});
