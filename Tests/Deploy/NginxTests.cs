using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using SecKill.Tests.LocalServers.Api;

namespace SecKill.Tests.Deploy;

/// <summary>
/// deploy/nginx/nginx.conf in a real nginx. Its upstream answers every request, so a refusal can only be nginx's.
/// </summary>
public sealed class NginxTests(NginxTests.Site site) : IClassFixture<NginxTests.Site>
{
    // For nginx another machine than the container itself.
    private static readonly HttpClient _outside = Loopback.From("127.0.0.2");

    [Theory]
    [InlineData("/")]
    [InlineData("/api/users/bob/coupons?page=2")]
    [InlineData("/api/users/bob/coupons/a%2Fb%25")]
    [InlineData("/api/users/bob/coupons/a//b")]
    [InlineData("/api/users/bob/coupons/a%5Cb")]
    [InlineData("/api/users/bob/coupons/...?page=../x")]
    [InlineData("/api/users/bob/coupons/%252e%252e")]
    [InlineData("/api/users/metrics/coupons/dashboard")]
    [InlineData("/docs/")]
    [InlineData("/openapi.json")]
    [InlineData("/metricsandmore")]
    public Task Public_routes_are_passed_on_byte_for_byte(string path) => AnswersAsync(path, HttpStatusCode.OK, path);

    [Theory]
    [InlineData("/metrics")]
    [InlineData("/Metrics")]
    [InlineData("/%6Detrics")]
    [InlineData("/dashboard")]
    [InlineData("/dashboard/index.html")]
    [InlineData("/DASHBOARD/api/silos")]
    [InlineData("/health/ready")]
    [InlineData("/api/admin/audit")]
    [InlineData("/api/ADMIN/rebuild?seller=a")]
    public Task Operator_routes_are_404_from_outside(string path) => AnswersAsync(path, HttpStatusCode.NotFound, """{"errMsg":"No such route."}""");

    [Theory]
    [InlineData("/x/../metrics")]
    [InlineData("/docs/%2e%2E/metrics")]
    [InlineData("/docs/./x")]
    [InlineData("/docs/..")]
    [InlineData("/dashboard/x%2f..%2f..%2fdocs")]
    [InlineData("/dashboard/x/%2e%2e%2f..%2Fdocs?a=b")]
    [InlineData("/api/admin/audit%2F..%2F..%2F..%2Fdocs")]
    [InlineData("/docs\\..\\metrics")]
    public Task Ambiguous_paths_are_400(string path) => AnswersAsync(path, HttpStatusCode.BadRequest, """{"errMsg":"The request was refused."}""");

    [Fact]
    public async Task The_container_may_probe_itself()
    {
        using var answer = await Loopback.Http.GetAsync(new Uri(site.Address, "/health/ready"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [InlineData("/api/live")]
    [InlineData("/api/live/bob/breakfast")]
    public async Task Events_are_not_buffered(string path)
    {
        using var answer = await _outside.GetAsync(new Uri(site.Address, path), HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        // The upstream keeps the stream open, so a buffered line would never arrive.
        Assert.Equal("data: 1", await reader.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));
    }

    /// <summary>Otherwise a client that reads nothing could fill the disk.</summary>
    [Fact]
    public async Task Unread_answers_are_not_written_to_disk()
    {
        using var connection = await RawRequest.OpenAsync(site.Address, "GET /big HTTP/1.1\r\nHost: somewhere\r\n\r\n");
        var (sent, since) = (0L, Stopwatch.StartNew());
        await Eventually.HoldsAsync("the gateway's answer stands still", "for a second", () =>
        {
            if (site.BigSent is var now && now != sent)
                (sent, since) = (now, Stopwatch.StartNew());
            return Task.FromResult((Sent: sent, since.Elapsed));
        }, seen => seen.Sent > 0 && seen.Elapsed > TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));

        Assert.InRange(site.BigSent, 1, Site.BigSize - 1);
        Assert.Empty(Directory.EnumerateFiles(site.TemporaryFolder, "*", SearchOption.AllDirectories));
    }

    private async Task AnswersAsync(string path, HttpStatusCode status, string text)
    {
        using var answer = await _outside.GetAsync(Loopback.Exactly(site.Address, path), TestContext.Current.CancellationToken);
        Assert.Equal(status, answer.StatusCode);
        Assert.Equal(text, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>nginx before a server that answers every request.</summary>
    public sealed class Site : IAsyncLifetime
    {
        // More than all socket buffers hold.
        public const long BigSize = 256 * 1024 * 1024;

        private readonly int _port = FreePort.Next();
        private readonly string _folder = RunFolder.Create("nginx");
        private WebApplication? _gateway;
        private NginxServer? _nginx;
        private long _bigSent;

        public long BigSent => Volatile.Read(ref _bigSent);

        /// <summary>nginx's folder for responses that do not fit into memory.</summary>
        public string TemporaryFolder => Path.Combine(_folder, "proxy");

        public Uri Address => new($"http://127.0.0.1:{_port}");

        public async ValueTask InitializeAsync()
        {
            var gatewayPort = FreePort.Next();
            _gateway = Gateway(gatewayPort);
            await _gateway.StartAsync();
            _nginx = new NginxServer(Repository.Read("deploy/nginx/nginx.conf"), _folder, _port);
            await _nginx.StartAsync([gatewayPort]);
        }

        public async ValueTask DisposeAsync()
        {
            if (_nginx is not null)
                await _nginx.DisposeAsync();
            if (_gateway is not null)
                await _gateway.DisposeAsync();
        }

        private WebApplication Gateway(int port)
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
            var app = builder.Build();
            app.Run(async context =>
            {
                if (context.Request.Path == "/big")
                {
                    for (var piece = new byte[64 * 1024]; _bigSent < BigSize; _bigSent += piece.Length)
                        await context.Response.Body.WriteAsync(piece, context.RequestAborted);
                    return;
                }
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
