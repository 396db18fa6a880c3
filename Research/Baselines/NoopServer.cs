using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace SecKill.Research.Baselines;

/// <summary>
/// The upper bound for a .NET server: Kestrel without host, middleware or routing. It checks the token by hand
/// and answers every request 204, or 401 where the token is no good.
/// </summary>
internal static class NoopServer
{
    /// <summary>Serves on loopback until told to stop.</summary>
    public static async Task RunAsync(int port, byte[] signingKey, CancellationToken stop)
    {
        var options = new KestrelServerOptions { AddServerHeader = false };
        options.Listen(IPAddress.Loopback, port);
        var transport = new SocketTransportFactory(Options.Create(new SocketTransportOptions()), NullLoggerFactory.Instance);
        using var server = new KestrelServer(Options.Create(options), transport, NullLoggerFactory.Instance);
        await server.StartAsync(new Noop(new TokenByHand(signingKey)), stop);
        await Stopped.WhenAsync(stop);
        await server.StopAsync(CancellationToken.None);
    }

    private sealed class Noop(TokenByHand tokens) : IHttpApplication<IFeatureCollection>
    {
        public IFeatureCollection CreateContext(IFeatureCollection contextFeatures) => contextFeatures;

        public Task ProcessRequestAsync(IFeatureCollection context)
        {
            var header = context.Get<IHttpRequestFeature>()!.Headers.Authorization;
            context.Get<IHttpResponseFeature>()!.StatusCode =
                tokens.IsValid(header.ToString()) ? StatusCodes.Status204NoContent : StatusCodes.Status401Unauthorized;
            return Task.CompletedTask;
        }

        public void DisposeContext(IFeatureCollection context, Exception? exception)
        {
        }
    }
}
