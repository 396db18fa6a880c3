using System.Diagnostics.CodeAnalysis;
using SecKill.Grains.Hosting;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Coupons;
using SecKill.Grains.Ledger;
using SecKill.Grains.Recovery;
using SecKill.Grains.Stock;
using SecKill.ServiceDefaults.Configuration;
using SecKill.ServiceDefaults.Hosting;
using StackExchange.Redis;

namespace SecKill.Silo.Audit;

/// <summary>
/// The commands <c>--audit</c>, <c>--rebuild</c>, <c>--repair</c> and <c>--roll-back</c>: for operators, without Orleans, so that they work when the cluster does
/// not. They connect to the stores of the settings and do not wait for them to come up.
/// </summary>
internal sealed class OperatorCommand
{
    private const int Trouble = 1;

    private readonly bool _rebuilds;
    private readonly bool _repairs;
    private readonly bool _rollsBack;
    private readonly bool _deep;
    private readonly CouponId? _coupon;
    private readonly string? _fault;
    private readonly string[] _settings;

    private OperatorCommand(string[] args)
    {
        (_rebuilds, _repairs, _rollsBack) = (args[0] == "--rebuild", args[0] == "--repair", args[0] == "--roll-back");
        var rest = args.AsSpan(1);
        // A name that begins like an option is for the gateway's routes.
        if (!_repairs && !_rollsBack && rest is [var seller, var name, ..] && !IsOption(seller) && !IsOption(name))
        {
            // Any name, not only a valid one: the stores may have been edited by hand.
            _coupon = CouponId.Known(seller, name);
            rest = rest[2..];
        }
        _deep = !Writes && rest.Contains("--deep");
        _settings = [.. rest.ToArray().Where(argument => !_deep || argument != "--deep")];
        _fault = _rebuilds && _coupon is null ? "--rebuild needs the names of a seller and a coupon."
            : Array.Find(_settings, argument => !IsOption(argument) || !argument.Contains('=', StringComparison.Ordinal)) is { } odd
            ? $"'{odd}' is not understood; see --help."
            : null;
    }

    /// <summary>Reads the command line.</summary>
    /// <returns>False where it is none of these commands.</returns>
    public static bool TryParse(string[] args, [NotNullWhen(true)] out OperatorCommand? command)
    {
        command = args is ["--audit" or "--rebuild" or "--repair" or "--roll-back", ..] ? new OperatorCommand(args) : null;
        return command is not null;
    }

    /// <summary>Runs it.</summary>
    /// <param name="output">Gets the answer.</param>
    /// <param name="errors">Gets what goes wrong, and the progress.</param>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(TextWriter output, TextWriter errors)
    {
        try
        {
            return await ReportAsync(output, errors);
        }
        catch (Exception fault) when (fault is UnavailableException or RedisException or NotSupportedException or ConfigurationException)
        {
            await errors.WriteLineAsync(fault.Message);
        }
        catch (OperationCanceledException)
        {
            await errors.WriteLineAsync("Stopped before the end.");
        }
        return Trouble;
    }

    private bool Writes => _rebuilds || _repairs || _rollsBack;

    private static bool IsOption(string argument) => argument.StartsWith("--", StringComparison.Ordinal);

    private async Task<int> ReportAsync(TextWriter output, TextWriter errors)
    {
        if (_fault is not null)
        {
            await errors.WriteLineAsync(_fault);
            return Trouble;
        }
        using var host = NewHost();
        // Listens to signals from here on.
        await host.StartAsync();
        var stop = host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        var redis = await host.Services.GetRequiredService<RedisSource>()();
        var ledger = host.Services.GetRequiredService<SqlLedger>();
        await using var stock = ActivatorUtilities.CreateInstance<StockServer>(host.Services);
        await stock.OpenAsync(redis, onlyReads: !Writes).WaitAsync(stop);
        await ledger.CheckProtocolAsync();
        if (Writes)
            await DeploymentCheck.CheckAsync(stock, ledger);
        var (loggers, time) = (host.Services.GetRequiredService<ILoggerFactory>(), host.Services.GetRequiredService<TimeProvider>());
        if (_rollsBack)
        {
            var names = host.Services.GetRequiredService<IConfiguration>().Read<ClusterNames>();
            await new OtherPrograms(RedisSettings.ForOrleans(redis, "seckill-roll-back"), names, time).ThrowIfAnyAtAllAsync(stop);
            await DeploymentCheck.RollBackAsync(stock, ledger);
            await output.WriteLineAsync($"The stores are those of programs with protocol number {Protocol.Before} again. Start those, and none of this number.");
            return 0;
        }
        if (_repairs)
            return await RepairAsync(new LedgerRepair(stock, ledger, loggers, time), output, errors, stop);
        var (auditor, report) = (new Auditor(stock, ledger, time), new AuditReport(output));
        if (_coupon is not { } coupon)
        {
            await AuditAllAsync(auditor, report, errors, stop);
            return report.ExitCode;
        }
        if (_rebuilds)
        {
            if (!await new LedgerRepair(stock, ledger, loggers, time).RebuildAsync(coupon, stop))
            {
                await errors.WriteLineAsync($"The ledger has no coupon {coupon.Key}, so there is nothing to rebuild it from.");
                return Trouble;
            }
            await output.WriteLineAsync($"{coupon.Key} was rebuilt from the ledger and what survived in Redis.");
        }
        report.Add(await auditor.AuditAsync(coupon, _deep).WaitAsync(stop), isQuiet: false);
        return report.ExitCode;
    }

    /// <summary>A host for settings, stores, logs and signals. What is printed is the answer; log lines go to standard error, with date and time as those of the programs.</summary>
    private IHost NewHost()
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings
        {
            Args = _settings,
            ContentRootPath = AppContext.BaseDirectory,
            EnvironmentName = Environment.GetEnvironmentVariable("ASPNETCORE_ENVIRONMENT"),
        });
        builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Warning)
            .AddSimpleConsole(lines => (lines.SingleLine, lines.UseUtcTimestamp, lines.TimestampFormat) = (true, true, "yyyy-MM-dd'T'HH:mm:ss.fff'Z' "))
            .AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddClusterStores();
        return builder.Build();
    }

    private static async Task<int> RepairAsync(LedgerRepair repair, TextWriter output, TextWriter errors, CancellationToken stop)
    {
        var summary = await repair.RunAsync(errors.WriteLine, stop);
        await output.WriteLineAsync(
            $"{summary.Coupons} coupons in the ledger: {summary.Rebuilt} were behind Redis and are rebuilt, {summary.PutBack} were lost and are put back, {summary.Failed} failed.");
        return summary.Failed == 0 ? 0 : Trouble;
    }

    private async Task AuditAllAsync(Auditor auditor, AuditReport report, TextWriter errors, CancellationToken stop)
    {
        var known = new HashSet<CouponId>();
        for (var below = long.MaxValue; below > 0;)
        {
            var page = await auditor.PageAsync(below, _deep, timeout: TimeSpan.MaxValue).WaitAsync(stop);
            foreach (var audit in page.Audits)
            {
                known.Add(audit.Coupon);
                report.Add(audit, isQuiet: true);
            }
            below = page.Next;
            if (below > 0)
                await errors.WriteLineAsync($"{known.Count} coupons looked at …");
        }
        foreach (var coupon in await auditor.LostAsync(known, () => Task.CompletedTask).WaitAsync(stop))
            report.Add(await auditor.AuditAsync(coupon, deep: false).WaitAsync(stop), isQuiet: true);
        report.Summarize();
    }
}
