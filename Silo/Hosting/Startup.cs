using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using SecKill.Silo.Embedded;

namespace SecKill.Silo.Hosting;

/// <summary>What the programs Silo and Gateway do alike around their hosts.</summary>
public static partial class Startup
{
    /// <summary>
    /// Runs a program: <c>--help</c>, <c>--version</c>, <c>--probe URL</c>, or the program itself. A wrong setting ends it with a line
    /// that names the setting, not with a stack trace.
    /// </summary>
    /// <returns>The exit code.</returns>
    public static Task<int> RunAsync(string[] args, string usage, Func<Task> program) => RunAsync(args, usage, async () =>
    {
        Arguments.Check(args, usage);
        await program();
        return 0;
    });

    /// <summary>As <see cref="RunAsync(string[], string, Func{Task})"/>, for a program that has an exit code of its own.</summary>
    public static async Task<int> RunAsync(string[] args, string usage, Func<Task<int>> program)
    {
        ArgumentNullException.ThrowIfNull(program);
        if (args is ["--help" or "-h" or "-?"])
        {
            Console.WriteLine(usage);
            return 0;
        }
        if (args is ["--version"])
        {
            Console.WriteLine(ProductVersion.Text);
            return 0;
        }
        if (args is ["--probe", var url])
            return await Health.ProbeAsync(url);
        try
        {
            return await program();
        }
        catch (Exception fault) when (fault is ConfigurationException or OptionsValidationException or OrleansConfigurationException)
        {
            await Console.Error.WriteLineAsync($"Cannot start: {fault.Message}");
            return 1;
        }
        catch (Exception fault) when (IsOfListening(fault))
        {
            await Console.Error.WriteLineAsync(
                $"Cannot start: {fault.Message.TrimEnd('.')}. Another process has this port, or it is not for this one: see ASPNETCORE_URLS, Silo:Port, Silo:GatewayPort, Telemetry:MetricsPort.");
            return 1;
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync("Stopped before it had started.");
            return 1;
        }
        catch (Exception fault) when (fault is ClockSetBackException or LogBrokenException)
        {
            await Console.Error.WriteLineAsync($"Ended: {fault.Message}");
            return 1;
        }
    }

    /// <summary>Runs the host until it is told to stop, and disposes of it.</summary>
    /// <exception cref="OperationCanceledException">It was told so before it had started.</exception>
    /// <exception cref="ClockSetBackException">It had to end because of the clock.</exception>
    /// <exception cref="LogBrokenException">It had to end because of the disk.</exception>
    public static async Task RunUntilStoppedAsync(this WebApplication app, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(app);
        await using (app)
        {
            try
            {
                await app.StartAsync(stop);
            }
            // Whatever it broke off with: a client of Orleans, for one, tells of the silo or the Redis that it does not find.
            catch (Exception fault) when (stop.IsCancellationRequested || app.Lifetime.ApplicationStopping.IsCancellationRequested)
            {
                throw new OperationCanceledException("Stopped while it started.", fault, stop);
            }
            var (clock, log) = (app.Services.GetService<ClockWatch>(), app.Services.GetService<LogWatch>());
            await app.WaitForShutdownAsync(stop);
            clock?.ThrowIfSetBack();
            log?.ThrowIfBroken();
        }
    }

    /// <summary>Says in the log which build runs as which process, once it does.</summary>
    public static void LogWhenStarted(this WebApplication app, string program)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.Lifetime.ApplicationStarted.Register(() => LogStarted(
            app.Services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(Startup)), program, ProductVersion.Text, Environment.ProcessId));
    }

    [LoggerMessage(LogLevel.Information, "SecKill {Program} {Version} runs, process {Process}")]
    private static partial void LogStarted(ILogger logger, string program, string version, int process);

    private static bool IsOfListening(Exception? fault) => fault is not null
        && (fault is AddressInUseException
            || fault is SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse or SocketError.AddressNotAvailable or SocketError.AccessDenied }
            || IsOfListening(fault.InnerException));

    /// <summary>A connection string that must be there.</summary>
    /// <exception cref="ConfigurationException">It is missing.</exception>
    public static string RequireConnectionString(this IConfiguration configuration, string name, string example) =>
        configuration.GetConnectionString(name) is { Length: > 0 } value
            ? value
            : throw new ConfigurationException(
                $"ConnectionStrings:{name} is missing. Set the environment variable ConnectionStrings__{name}, for example to: {example}");

    /// <summary>Sets what the usual settings (environment, appsettings.json, arguments) may override: logging, and the URL.</summary>
    /// <param name="builder">The host's builder.</param>
    /// <param name="url">Where to listen unless a setting says otherwise.</param>
    /// <exception cref="ConfigurationException">The URLs that are set cannot be read.</exception>
    public static void UseDefaults(this WebApplicationBuilder builder, string url)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource
        {
            InitialData = new Dictionary<string, string?>
            {
                ["Logging:LogLevel:Default"] = "Warning",
                ["Logging:LogLevel:SecKill"] = "Information",
                ["Logging:LogLevel:Microsoft.Hosting.Lifetime"] = "Information",
                // It has nothing to say that Faults does not; but while it might, each request has an Activity made for its log.
                ["Logging:LogLevel:Microsoft.AspNetCore.Hosting.Diagnostics"] = "None",
                // Why a start failed is told by RunAsync, in one line.
                ["Logging:LogLevel:Microsoft.Extensions.Hosting.Internal.Host"] = "Critical",
                ["Logging:Console:FormatterName"] = LogLines.FormatterName,
                // Where nobody reads the log, lines are lost (and counted) rather than requests held up.
                ["Logging:Console:QueueFullMode"] = "DropWrite",
            },
        });
        UseTimestamps(builder.Configuration);
        builder.Logging.AddConsoleFormatter<LogLines, ConsoleFormatterOptions>();
        LogFloods.Bound(builder.Services);
        CheckUrls(builder.Configuration["urls"] ?? "");
        string[] settings = ["urls", "http_ports", "https_ports"];
        if (settings.All(name => string.IsNullOrEmpty(builder.Configuration[name])) && !builder.Configuration.GetSection("Kestrel:Endpoints").Exists())
            builder.WebHost.UseUrls(url);
    }

    /// <summary>Logs for the time before there is a host.</summary>
    /// <exception cref="ConfigurationException">The section <c>Logging</c> cannot be read.</exception>
    public static ILoggerFactory LoggersBeforeHost(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        try
        {
            return LoggerFactory.Create(logging =>
            {
                logging.AddConfiguration(configuration.GetSection("Logging"));
                logging.AddConsole().AddConsoleFormatter<LogLines, ConsoleFormatterOptions>();
            });
        }
        catch (InvalidOperationException fault)
        {
            throw new ConfigurationException($"Logging:LogLevel cannot be read: {fault.Message}", fault);
        }
    }

    /// <summary>
    /// ISO 8601 in UTC, for those who collect logs of several machines or read them days later; the local time of day for a person at a terminal.
    /// </summary>
    private static void UseTimestamps(ConfigurationManager configuration)
    {
        var formatter = configuration["Logging:Console:FormatterName"];
        var isWatched = LogsLines(configuration) && !Console.IsOutputRedirected;
        var format = isWatched ? "HH:mm:ss.fff" : "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
        configuration.Sources.Insert(0, new MemoryConfigurationSource
        {
            InitialData = new Dictionary<string, string?>
            {
                ["Logging:Console:FormatterOptions:UseUtcTimestamp"] = isWatched ? "false" : "true",
                ["Logging:Console:FormatterOptions:TimestampFormat"] = formatter == ConsoleFormatterNames.Json ? format : $"{format} ",
            },
        });
    }

    /// <summary>Whether logs are written for people, as lines.</summary>
    public static bool LogsLines(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return configuration["Logging:Console:FormatterName"] == LogLines.FormatterName;
    }

    private static void CheckUrls(string urls)
    {
        foreach (var url in urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            try
            {
                if (BindingAddress.Parse(url).Port > IPEndPoint.MaxPort)
                    throw new FormatException($"Invalid port in '{url}'.");
            }
            catch (FormatException fault)
            {
                throw new ConfigurationException($"ASPNETCORE_URLS cannot be read: {fault.Message}", fault);
            }
        }
    }
}

/// <summary>
/// Cancels at Ctrl+C or SIGTERM, from before there is a host. The host gets the token too, so that there is no moment in
/// between at which a signal would end the process where it stands.
/// </summary>
public sealed class CancelOnSignal : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;

    /// <summary>Starts to listen.</summary>
    public CancelOnSignal() => _registrations =
        [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM }.Select(signal => PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            Cancel();
        }))];

    /// <summary>Cancelled by the signal.</summary>
    public CancellationToken Token => _source.Token;

    private void Cancel()
    {
        try
        {
            _source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The host has a handler of its own, which ran before this one, and the program has ended by it already.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
        _source.Dispose();
    }
}
