using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using SecKill.ServiceDefaults.HealthChecks;

namespace SecKill.ServiceDefaults.Hosting;

/// <summary>How the programs Silo and Gateway run: their common options, and their ends.</summary>
internal static partial class ProgramRun
{
    /// <summary>
    /// Runs a program: <c>--help</c>, <c>--version</c>, <c>--probe URL</c>, or the program itself. A wrong setting ends it with a line
    /// that names the setting, not with a stack trace.
    /// </summary>
    /// <returns>The exit code.</returns>
    public static Task<int> RunAsync(string[] args, Func<string> usage, Func<Task<int>> program) => AnswerAsync(args, usage, () =>
    {
        Arguments.Check(args, usage);
        return program();
    });

    /// <summary>As <see cref="RunAsync"/>, for a command that reads its arguments itself.</summary>
    public static async Task<int> AnswerAsync(string[] args, Func<string> usage, Func<Task<int>> program)
    {
        if (args is ["--help" or "-h" or "-?"])
        {
            Console.WriteLine(usage());
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
        }
        catch (AggregateException faults) when (faults.InnerExceptions.All(fault => fault is OptionsValidationException))
        {
            await Console.Error.WriteLineAsync($"Cannot start: {string.Join(" ", faults.InnerExceptions.Select(fault => fault.Message))}");
        }
        catch (Exception fault) when (IsOfListening(fault))
        {
            await Console.Error.WriteLineAsync(
                $"Cannot start: {fault.Message.TrimEnd('.')}. Another process has this port, or it is not for this one: see ASPNETCORE_URLS, Silo:Port, Silo:GatewayPort, Telemetry:MetricsPort.");
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync("Stopped before it had started.");
        }
        return 1;
    }

    /// <summary>Runs the host until a signal or <see cref="ProcessEnd"/> tells it to stop.</summary>
    /// <returns>The exit code.</returns>
    /// <exception cref="OperationCanceledException">It was told to stop before it had started.</exception>
    public static async Task<int> RunToEndAsync(this WebApplication app)
    {
        UnknownSettings.Warn(app.Services);
        try
        {
            await app.StartAsync();
        }
        // Any exception of the start: an Orleans client, for one, names the silo or Redis it cannot find.
        catch (Exception fault) when (app.Lifetime.ApplicationStopping.IsCancellationRequested)
        {
            throw new OperationCanceledException("Stopped while it started.", fault);
        }
        var end = app.Services.GetRequiredService<ProcessEnd>();
        await app.WaitForShutdownAsync();
        if (end.Reason is not { } reason)
            return 0;
        await Console.Error.WriteLineAsync($"Ended: {reason}");
        return 1;
    }

    /// <summary>Logs build and process once it runs.</summary>
    public static void LogWhenStarted(this WebApplication app, string program)
    {
        app.Lifetime.ApplicationStarted.Register(() => LogStarted(
            app.Services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(ProgramRun)), program, ProductVersion.Text, Environment.ProcessId));
    }

    private static bool IsOfListening(Exception? fault) => fault is not null
        && (fault is AddressInUseException
            || fault is SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse or SocketError.AddressNotAvailable or SocketError.AccessDenied }
            || IsOfListening(fault.InnerException));

    [LoggerMessage(EventIds.Started, LogLevel.Information, "SecKill {Program} {Version} runs, process {Process}")]
    private static partial void LogStarted(ILogger logger, string program, string version, int process);
}
