using System.Diagnostics;
using System.Net.Sockets;

namespace SecKill.Tests.Integration.Guarantees;

/// <summary>Limits on what a connection may send and how long it may take; other clients are not affected.</summary>
[Collection(LimitedGateway.Name)]
public sealed class SlowClientTests(LimitedGateway limited)
{
    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(10);

    // The server checks once a second, and drains the rest of a body for 5 s.
    private static readonly TimeSpan _cut = LimitedGateway.ReadTimeout + TimeSpan.FromSeconds(20);

    private Uri Gateway => limited.Deployment.Gateways[0];

    private ApiClient Api => new(Gateway);

    private Tokens Tokens => new(limited.Deployment.SigningKey);

    [Fact]
    public async Task Hundreds_who_send_half_of_a_request_and_then_nothing_hold_up_no_claim_and_are_cut()
    {
        var sale = await OpenSaleAsync();
        var token = Tokens.Mint(sale.Seller, Tokens.Seller);
        string[] halves =
        [
            "PATCH /api/users/somebody/cou",
            "PATCH /api/users/somebody/coupons/c HTTP/1.1\r\nHost: somewhere\r\nAuthor",
            $"POST {ApiClient.CouponsOf(sale.Seller)} HTTP/1.1\r\nHost: somewhere\r\nAuthorization: {token}\r\nContent-Length: 100\r\n\r\n{{",
            $"POST {ApiClient.CouponsOf(sale.Seller)} HTTP/1.1\r\nHost: somewhere\r\nAuthorization: {token}\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n{{",
        ];
        var open = await Task.WhenAll(Enumerable.Range(0, 400).Select(i => RawRequest.OpenAsync(Gateway, halves[i % halves.Length])));
        try
        {
            var claiming = Stopwatch.StartNew();
            await ClaimAsync(sale);
            Assert.InRange(claiming.Elapsed, TimeSpan.Zero, _soon);

            var answers = await Task.WhenAll(open.Select(RawRequest.ReadToEndAsync)).WaitAsync(_cut, TestContext.Current.CancellationToken);
            Assert.All(answers, answer => Assert.True(answer.Length == 0 || RawRequest.Statuses(answer) is [408], answer));
        }
        finally
        {
            Array.ForEach(open, connection => connection.Dispose());
        }
        await ClaimAsync(sale);
    }

    /// <summary>A public download of megabytes, larger than the system's socket buffers.</summary>
    [Fact]
    public async Task A_client_that_reads_nothing_of_its_answer_is_cut_and_one_that_reads_slowly_is_not()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere the system does not tell what was taken.");
        using var dead = await AskForScriptAsync();
        using var slow = await AskForScriptAsync();
        var buffer = new byte[4096];

        // Closed by the server: reset, since there was something to send.
        await Eventually.HoldsAsync("the one that reads nothing is cut", "reset", async () =>
        {
            Assert.True(await slow.ReceiveAsync(buffer, TestContext.Current.CancellationToken) > 0);
            return dead.Poll(0, SelectMode.SelectError);
        }, isReset => isReset, _cut);

        for (var i = 0; i < 100; i++)
            Assert.True(await slow.ReceiveAsync(buffer, TestContext.Current.CancellationToken) > 0);
    }

    private async Task<Socket> AskForScriptAsync()
    {
        var connection = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 8 * 1024 };
        await connection.ConnectAsync(System.Net.IPAddress.Parse(Gateway.Host), Gateway.Port);
        await connection.SendAsync("GET /docs/scalar.js HTTP/1.1\r\nHost: somewhere\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        return connection;
    }

    [Theory]
    [InlineData("one huge header", 431)]
    [InlineData("many headers", 431)]
    [InlineData("many large headers", 431)]
    [InlineData("a huge path", 414)]
    [InlineData("a header that never ends", 431)]
    public async Task Huge_requests_are_refused_and_harm_nobody(string what, int status)
    {
        var sale = await OpenSaleAsync();
        var request = what switch
        {
            "one huge header" => Request($"X-Huge: {new string('a', 1_000_000)}\r\n"),
            "many headers" => Request(string.Concat(Enumerable.Range(0, 5_000).Select(i => $"X-{i}: a\r\n"))),
            "many large headers" => Request(string.Concat(Enumerable.Range(0, 90).Select(i => $"X-{i}: {new string('a', 1_000)}\r\n"))),
            "a huge path" => $"PATCH /{new string('a', 100_000)} HTTP/1.1\r\nHost: somewhere\r\n\r\n",
            _ => $"PATCH / HTTP/1.1\r\nHost: somewhere\r\nX-Endless: {new string('a', 100_000)}",
        };

        // What the server has not read when it closes may cost the client the answer; then it sees the end alone.
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => RawRequest.AnswersAsync(Gateway, request)));
        Assert.All(answers, answer => Assert.True(answer.Length == 0 || RawRequest.Statuses(answer)[0] == status, answer));

        await ClaimAsync(sale);
    }

    [Fact]
    public async Task A_connection_too_many_is_closed_at_once_and_those_that_are_open_go_on()
    {
        var sale = await OpenSaleAsync();
        var open = await Task.WhenAll(Enumerable.Range(0, LimitedGateway.MaxConnections + 100).Select(_ => RawRequest.OpenAsync(Gateway, "")));
        try
        {
            await Eventually.HoldsAsync(
                "those too many are closed", "100 closed", () => Task.FromResult(open.Count(IsClosed)), closed => closed >= 100, _soon);
            var survivor = open.First(connection => !IsClosed(connection));
            await survivor.SendAsync("GET /health/live HTTP/1.1\r\nHost: somewhere\r\nConnection: close\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
            Assert.Equal([200], RawRequest.Statuses(await RawRequest.ReadToEndAsync(survivor)));
        }
        finally
        {
            Array.ForEach(open, connection => connection.Dispose());
        }
        await Eventually.HoldsAsync("a new one is let in", "201", () => ClaimOnceAsync(sale), answer => answer.Status == 201, _soon);
    }

    private static string Request(string headers) => $"PATCH /api/users/somebody/coupons/c HTTP/1.1\r\nHost: somewhere\r\n{headers}\r\n";

    private static bool IsClosed(Socket connection) => connection.Poll(0, SelectMode.SelectRead) && connection.Available == 0;

    private async Task<(string Seller, string Coupon)> OpenSaleAsync()
    {
        var seller = Names.Fresh("seller");
        Expect.Created(await Api.CreateAsync(Tokens.Mint(seller, Tokens.Seller), seller, "c", 1_000));
        return (seller, "c");
    }

    private Task<Answer> ClaimOnceAsync((string Seller, string Coupon) sale) =>
        Api.ClaimAsync(Tokens.Mint(Names.Fresh("customer"), Tokens.Customer), sale.Seller, sale.Coupon);

    private async Task ClaimAsync((string Seller, string Coupon) sale) => Expect.Claimed(await ClaimOnceAsync(sale));
}
