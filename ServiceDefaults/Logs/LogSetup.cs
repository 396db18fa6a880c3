using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.Logging.Console;

namespace SecKill.ServiceDefaults.Logs;

/// <summary>The logs of both programs: the console's own formatters, one line an entry or JSON, bounded and cleaned by <see cref="LogFloods"/>.</summary>
internal static class LogSetup
{
    private const string Formatter = "Logging:Console:FormatterName";

    /// <summary>Sets what the section <c>Logging</c> may override.</summary>
    public static void AddLogs(this WebApplicationBuilder builder)
    {
        var configuration = builder.Configuration;
        var isJson = configuration[Formatter] == ConsoleFormatterNames.Json;
        var isTerminal = !isJson && !Console.IsOutputRedirected;
        // ISO 8601 in UTC for logs that are collected; the local time of day at a terminal.
        var time = isTerminal ? "HH:mm:ss.fff" : "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
        configuration.Sources.Insert(0, new MemoryConfigurationSource
        {
            InitialData = new Dictionary<string, string?>
            {
                ["Logging:LogLevel:Default"] = "Warning",
                ["Logging:LogLevel:SecKill"] = "Information",
                ["Logging:LogLevel:Microsoft.Hosting.Lifetime"] = "Information",
                // Our exception handler logs the same; while this could log, each request would get an Activity.
                ["Logging:LogLevel:Microsoft.AspNetCore.Hosting.Diagnostics"] = "None",
                // The program prints why a start failed, in one line.
                ["Logging:LogLevel:Microsoft.Extensions.Hosting.Internal.Host"] = "Critical",
                [Formatter] = ConsoleFormatterNames.Simple,
                ["Logging:Console:FormatterOptions:SingleLine"] = "true",
                ["Logging:Console:FormatterOptions:UseUtcTimestamp"] = isTerminal ? "false" : "true",
                ["Logging:Console:FormatterOptions:TimestampFormat"] = isJson ? time : $"{time} ",
                // A full pipe drops lines (and counts them) rather than blocking requests.
                ["Logging:Console:QueueFullMode"] = "DropWrite",
            },
        });
        LogFloods.Bound(builder.Services);
    }

    /// <summary>Whether entries are written as lines, for people.</summary>
    public static bool WritesLines(IConfiguration configuration)
    {
        // .NET takes the line formatter for any name that it does not know, such as `lines` of earlier versions.
        return configuration[Formatter] is not (ConsoleFormatterNames.Json or ConsoleFormatterNames.Systemd);
    }
}
