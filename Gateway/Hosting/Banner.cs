using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using SecKill.Embedded;
using SecKill.Gateway.Live;
using SecKill.ServiceDefaults.Hosting;

namespace SecKill.Gateway.Hosting;

/// <summary>What is printed at the start of the embedded service.</summary>
internal static partial class Banner
{
    /// <summary>Prints it once the service listens; a log entry where logs are for programs, nothing where nothing is logged.</summary>
    public static void PrintWhenStarted(this WebApplication app) => app.Lifetime.ApplicationStarted.Register(() =>
    {
        var logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(Banner));
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
        var urls = string.Join(", ", addresses);
        if (!LogSetup.WritesLines(app.Configuration))
        {
            LogListening(logger, ProductVersion.Text, urls, Environment.ProcessId);
            return;
        }
        if (!logger.IsEnabled(LogLevel.Information))
            return;
        var url = (addresses.FirstOrDefault() ?? "http://localhost:20080")
            .Replace("[::]", "localhost", StringComparison.Ordinal).Replace("0.0.0.0", "localhost", StringComparison.Ordinal);
        Console.WriteLine();
        Console.WriteLine($"SecKill {ProductVersion.Text} listens on {urls} (process {Environment.ProcessId})");
        if (app.Services.GetRequiredService<IOptions<LiveOptions>>().Value.Enabled)
            Console.WriteLine($"Watch sales at {url}/");
        if (app.Services.GetService<EmbeddedRedis>() is { } redis)
        {
            Console.WriteLine($"Data lies in {app.Services.GetRequiredService<DataFolder>().Root} (Redis on 127.0.0.1:{redis.Port}, password in redis.secret)");
            // Names not used in the README or the tutorial, so that all can be tried in one data folder.
            Console.WriteLine($$"""
                Try it:
                  curl -i {{url}}/api/users -d '{"username":"wendy","password":"secret","kind":"saler"}'
                  TOKEN=$(curl -si {{url}}/api/auth -d '{"username":"wendy","password":"secret"}' | tr -d '\r' | sed -n 's/^Authorization: //p')
                  curl -i {{url}}/api/users/wendy/coupons -H "Authorization: $TOKEN" -d '{"name":"breakfast","amount":20,"stock":5}'
                """);
        }
        Console.WriteLine();
    });

    [LoggerMessage(EventIds.Listening, LogLevel.Information, "SecKill {Version} listens on {Urls}, process {Process}")]
    private static partial void LogListening(ILogger logger, string version, string urls, int process);
}
