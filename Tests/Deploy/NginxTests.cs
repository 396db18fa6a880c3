using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using SecKill.Tests.Api;
using SecKill.Tests.Servers;
using Xunit;

namespace SecKill.Tests.Deploy;

/// <summary>
/// deploy/nginx/nginx.conf in a real nginx: what it passes on and what not. Before it stands a server that answers every request,
/// so that a refusal can only be nginx's.
/// </summary>
public sealed class NginxTests(NginxTests.Site site) : IClassFixture<NginxTests.Site>
{
    // Any other machine, as far as nginx can see: not the address that the container has for itself.
    private static readonly HttpClient _outside = Loopback.From("127.0.0.2");

    [Theory]
    [InlineData("/")]
    [InlineData("/api/users/bob/coupons?page=2")]
    [InlineData("/api/users/bob/coupons/a%2Fb%25")]
    [InlineData("/api/users/bob/coupons/a//b")]
    [InlineData("/api/users/metrics/coupons/dashboard")]
    [InlineData("/docs/")]
    [InlineData("/openapi.json")]
    [InlineData("/metricsandmore")]
    public async Task A_route_for_everybody_is_passed_on_as_it_was_sent(string path)
    {
        using var answer = await _outside.GetAsync(Loopback.Exactly(site.Address, path), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(path, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("/metrics")]
    [InlineData("/Metrics")]
    [InlineData("/%6Detrics")]
    [InlineData("/x/../metrics")]
    [InlineData("/dashboard")]
    [InlineData("/dashboard/index.html")]
    [InlineData("/DASHBOARD/api/silos")]
    [InlineData("/health/ready")]
    [InlineData("/api/admin/audit")]
    [InlineData("/api/ADMIN/rebuild?seller=a")]
    public async Task What_is_for_operators_is_no_route_to_the_outside(string path)
    {
        using var answer = await _outside.GetAsync(Loopback.Exactly(site.Address, path), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal("""{"errMsg":"No such route."}""", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_container_itself_asks_whether_it_is_healthy()
    {
        using var answer = await Loopback.Http.GetAsync(new Uri(site.Address, "/health/ready"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [InlineData("/api/live")]
    [InlineData("/api/live/bob/breakfast")]
    public async Task An_event_arrives_when_it_is_sent_and_not_when_the_stream_ends(string path)
    {
        using var answer = await _outside.GetAsync(new Uri(site.Address, path), HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        // The server holds the stream open: had nginx kept this line back, it would be waited for until the client gives up.
        Assert.Equal("data: 1", await reader.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));
    }

    /// <summary>nginx with the checked-in configuration, but for ports, names and what version 1.22 does not know.</summary>
    public sealed class Site : IAsyncLifetime
    {
        private readonly string _folder = RunFolder.Create("nginx");
        private WebApplication? _gateway;
        private ServerProcess? _nginx;

        public Uri Address { get; } = new($"http://127.0.0.1:{FreePort.Next()}");

        public async ValueTask InitializeAsync()
        {
            var gatewayPort = FreePort.Next();
            _gateway = Gateway(gatewayPort);
            await _gateway.StartAsync();
            var configuration = Path.Combine(_folder, "nginx.conf");
            await File.WriteAllTextAsync(configuration, Adapted(Repository.Read("deploy/nginx/nginx.conf"), gatewayPort));
            _nginx = await ServerProcess.StartAsync(new ServerCommand(Tool.Program("nginx"), "-p", _folder, "-e", "stderr", "-c", configuration));
            await Eventually.EqualAsync("nginx answers", true, async () =>
            {
                if (_nginx.HasExited)
                    throw new EventuallyException($"nginx ended: {_nginx.Output}");
                using var answer = await Loopback.Http.GetAsync(Address);
                return answer.IsSuccessStatusCode;
            }, TimeSpan.FromSeconds(60));
        }

        public async ValueTask DisposeAsync()
        {
            if (_nginx is not null)
                await _nginx.StopAsync();
            if (_gateway is not null)
                await _gateway.DisposeAsync();
        }

        private string Adapted(string text, int gatewayPort) => new[]
        {
            // One process: workers would not notice that their master was killed.
            ("worker_processes auto;", "daemon off; master_process off;"),
            ("worker_rlimit_nofile 65536;", ""),
            ("worker_connections 16384;", "worker_connections 256;"),
            ("resolver 127.0.0.11 valid=5s ipv6=off;", ""),
            ("server gateway:20080 resolve max_fails", $"server 127.0.0.1:{gatewayPort} max_fails"),
            ("listen 20080 reuseport;", $"listen 127.0.0.1:{Address.Port};"),
            ("error_log /dev/stderr warn;", "error_log stderr warn;"),
            (" /tmp/", $" {_folder}/"),
        }.Aggregate(text, (changed, one) => changed.Contains(one.Item1, StringComparison.Ordinal)
            ? changed.Replace(one.Item1, one.Item2, StringComparison.Ordinal)
            : throw new InvalidOperationException($"nginx.conf has no '{one.Item1}' any more."));

        private static WebApplication Gateway(int port)
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
            var app = builder.Build();
            app.Run(async context =>
            {
                if (!context.Request.Path.StartsWithSegments("/api/live"))
                {
                    await context.Response.WriteAsync(context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget);
                    return;
                }
                context.Response.ContentType = "text/event-stream";
                await context.Response.WriteAsync("data: 1\n\n");
                await context.Response.Body.FlushAsync();
                await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            });
            return app;
        }
    }
}
