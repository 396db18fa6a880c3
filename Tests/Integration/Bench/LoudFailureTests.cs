namespace SecKill.Tests.Integration.Bench;

/// <summary>The load tool reports false answers of the server, and wrong usage.</summary>
public sealed class LoudFailureTests
{
    private const int Unusable = 1;
    private const int CheckFailed = 2;

    [Fact]
    public async Task An_honest_server_passes()
    {
        await using var server = await new PretendServer().StartAsync();
        var run = await RunAsync(server, "stampede", "--units", "5", "--requests", "50");
        Assert.True(run.ExitCode == 0, run.Output);
    }

    [Fact]
    public async Task A_wrong_left_is_told_with_what_was_expected_and_found()
    {
        await using var server = await new PretendServer { LeftShown = left => left + 3 }.StartAsync();
        var run = await RunAsync(server, "sell", "--units", "100", "--requests", "50");
        Fails(run, "left: expected coupon-0000: 50 of 100; found coupon-0000: 53 of 100");
    }

    [Fact]
    public async Task More_wins_than_pieces_are_told()
    {
        await using var server = await new PretendServer { IsOverselling = true }.StartAsync();
        var run = await RunAsync(server, "stampede", "--units", "5", "--requests", "50");
        Fails(run, "wins: expected coupon-0000: 5; found coupon-0000: 50 of 50 claims");
    }

    [Fact]
    public async Task A_refusal_while_pieces_are_left_is_told()
    {
        await using var server = await new PretendServer
        {
            BeforeClaim = (context, number) =>
            {
                context.Response.StatusCode = 204;
                return Task.FromResult(number > 1);
            },
        }.StartAsync();
        var run = await RunAsync(server, "sell", "--requests", "50");
        Fails(run, "wins: expected coupon-0000: 50; found coupon-0000: 49 of 50 claims");
    }

    [Fact]
    public async Task Winners_whose_lists_do_not_show_it_are_told()
    {
        await using var server = await new PretendServer { IsHidingLists = true }.StartAsync();
        Fails(await RunAsync(server, "sell", "--requests", "10"), "winners' lists: expected what they won is in them", "coupon-0000 is missing");
        Fails(await RunAsync(server, "journey", "--requests", "12"), "own lists: expected", "won coupon-0000, which the list does not show");
    }

    [Fact]
    public async Task A_stale_list_is_told()
    {
        var first = int.MinValue;
        await using var server = await new PretendServer { LeftShown = left => first == int.MinValue ? first = left : first }.StartAsync();
        var run = await RunAsync(server, "browse", "--coupons", "1", "--units", "1000", "--requests", "200", "--selling-share", "0.5");
        Fails(run, "freshness: expected", "coupon-0000 shows", "left, expected");
    }

    [Fact]
    public async Task An_answer_that_is_not_documented_is_told()
    {
        await using var server = await new PretendServer
        {
            BeforeClaim = (context, number) =>
            {
                context.Response.StatusCode = 418;
                return Task.FromResult(number > 7);
            },
        }.StartAsync();
        Fails(await RunAsync(server, "sell", "--requests", "50"), "answers: expected claim: 201, 204 or 503; found claim: 7 × 418");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_customer_in_line_who_is_told_sold_out_is_told(bool isForgetting)
    {
        await using var server = await new PretendServer { IsForgettingLine = isForgetting }.StartAsync();
        var run = await RunAsync(server, "rehearse", "--users", "30", "--units", "5", "--duration", "200ms", "--waitlist", "100");
        if (isForgetting)
            Fails(run, "second chances: expected no sold-out for who returned or waits", "was refused with no word of his place in line");
        else
            Assert.True(run.ExitCode == 0 && run.Number("rehearsal.chances.waiting") == 25, run.Output);
    }

    [Fact]
    public async Task An_unreachable_server_is_one_clear_line()
    {
        var run = await BenchRun.RunPlainAsync(new byte[32], "sell", "--url", $"http://127.0.0.1:{FreePort.Next()}", "--quiet");
        Assert.Equal(Unusable, run.ExitCode);
        Assert.StartsWith("Cannot connect to http://127.0.0.1:", Assert.Single(run.Output.Split('\n')), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sell --connections 0", "--connections must be from 1")]
    [InlineData("sell --duration soon", "'soon' is no duration")]
    [InlineData("sell --requests 5 --duration 5s", "Give --requests or --duration, not both.")]
    [InlineData("sell --rate -1", "--rate must be from")]
    [InlineData("sell --url ftp://localhost", "'ftp://localhost' is no URL of a gateway")]
    [InlineData("sell --signing-key short", "The signing key must be base64 of at least 32 bytes")]
    [InlineData("sell --signing-key-file missing.key", "The signing key cannot be read")]
    [InlineData("browse --selling-share 2", "--selling-share must be from 0 to 1.")]
    [InlineData("rehearse --curve wave", "wave")]
    [InlineData("rehearse --returns 2", "--returns must be from 0 to 1.")]
    [InlineData("tokens 10 -o -", "Tokens need the server's signing key")]
    [InlineData("tokens 10 -o - --prefix much-too-long-a-name", "--prefix must have at most 12 characters.")]
    [InlineData("sel", "Unrecognized command or argument 'sel'.")]
    public async Task A_wrong_option_is_told(string arguments, string complaint)
    {
        var run = await BenchRun.RunPlainAsync(null, arguments.Split(' '));
        Assert.Equal(Unusable, run.ExitCode);
        Assert.Contains(complaint, run.Output, StringComparison.Ordinal);
    }

    private static Task<BenchRun> RunAsync(PretendServer server, params string[] arguments) =>
        BenchRun.RunAsync(server.SigningKey, [.. arguments, "--url", server.Url, "--connections", "4"]);

    private static void Fails(BenchRun run, params string[] messages)
    {
        Assert.True(run.ExitCode == CheckFailed, run.Output);
        Assert.False(run.Find("passed").GetValue<bool>());
        Assert.All(messages, message => Assert.Contains(message, run.Output, StringComparison.Ordinal));
    }
}
