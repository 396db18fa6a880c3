using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;
using SecKill.Gateway.Live;

namespace SecKill.Gateway.Hosting;

/// <summary>What a person who has just started the service wants to know.</summary>
internal static class Banner
{
    /// <summary>Prints it once the service listens.</summary>
    public static void PrintWhenStarted(this WebApplication app, EmbeddedMode? embedded) => app.Lifetime.ApplicationStarted.Register(() =>
    {
        var urls = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
        var url = (urls.FirstOrDefault() ?? "http://localhost:20080")
            .Replace("[::]", "localhost", StringComparison.Ordinal).Replace("0.0.0.0", "localhost", StringComparison.Ordinal);
        Console.WriteLine();
        Console.WriteLine($"SecKill listens on {string.Join(", ", urls)}");
        if (app.Services.GetRequiredService<IOptions<LiveOptions>>().Value.Enabled)
            Console.WriteLine($"Watch sales at {url}/");
        if (embedded is not null)
        {
            Console.WriteLine($"Data lies in {embedded.DataPath} (Redis on 127.0.0.1:{embedded.RedisPort}, password in redis.secret)");
            Console.WriteLine($$"""
                Try it:
                  curl -i {{url}}/api/users -d '{"username":"bob","password":"secret","kind":"saler"}'
                  TOKEN=$(curl -si {{url}}/api/auth -d '{"username":"bob","password":"secret"}' | tr -d '\r' | sed -n 's/^Authorization: //p')
                  curl -i {{url}}/api/users/bob/coupons -H "Authorization: $TOKEN" -d '{"name":"breakfast","amount":20,"stock":5}'
                """);
        }
        Console.WriteLine();
    });
}
