using SecKill.Tests.Integration.Telemetry;

namespace SecKill.Tests.Integration.Guarantees;

/// <summary>
/// Overload: log-ins and registrations beyond the hashing capacity, and claims beyond the waiting limit, are refused quickly with
/// Retry-After; guessing one user's password does not lock out others.
/// </summary>
public sealed class OverloadTests(OverloadTests.Narrow narrow) : IClassFixture<OverloadTests.Narrow>
{
    private const int MaxClaims = 40;

    // Much sooner than they are told to.
    private static readonly TimeSpan _guessAgain = TimeSpan.FromMilliseconds(50);

    private ApiClient Client => new(narrow.Deployment.Gateways[0]);

    public sealed class Narrow : IAsyncLifetime
    {
        // Seven places in all, of which four at most are one user's.
        public EmbeddedDeployment Deployment { get; } = new(new Dictionary<string, string?>
        {
            ["Passwords__Concurrency"] = "1",
            ["Passwords__MaxWaiting"] = "6",
            // Where the machine is busy, a hash of low priority takes seconds; how long one waits is not what is tested here.
            ["Passwords__Patience"] = "00:00:20",
            ["Claims__MaxWaiting"] = $"{MaxClaims}",
            // What is asked for here is more than this would let in from one address.
            ["Limits__AccountBurst"] = "0",
        });

        public async ValueTask InitializeAsync() => await Deployment.StartAsync();

        public ValueTask DisposeAsync() => Deployment.DisposeAsync();
    }

    [Fact]
    public async Task Of_too_many_registrations_at_once_some_are_told_to_come_again_and_all_succeed_in_the_end()
    {
        var waiting = Enumerable.Range(0, 24).Select(_ => Names.Fresh("customer")).ToList();
        var refusals = 0;
        for (var round = 0; waiting.Count > 0; round++)
        {
            Assert.True(round < 24, $"{waiting.Count} were never let in");
            var answers = await Task.WhenAll(waiting.Select(async name => (name, Answer: await Client.RegisterAsync(name, "secret", "customer"))));
            foreach (var (name, answer) in answers)
            {
                if (answer.Status == 201)
                    waiting.Remove(name);
                else
                    AssertToldToComeAgain(answer);
            }
            refusals += waiting.Count;
        }
        Assert.NotEqual(0, refusals);
    }

    [Fact]
    public async Task A_user_who_is_guessed_at_keeps_nobody_else_out_and_may_still_log_in()
    {
        var (victim, other) = (Names.Fresh("victim"), Names.Fresh("other"));
        Expect.Created(await Client.RegisterAsync(victim, "secret", "customer"));
        Expect.Created(await Client.RegisterAsync(other, "secret", "customer"));
        using var stop = new CancellationTokenSource();
        var refused = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var guessers = Enumerable.Range(0, 12).Select(guesser => Task.Run(async () =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                var answer = await Client.LogInAsync(victim, $"guess-{guesser}-{i}");
                if (answer.Status == 401)
                    continue;
                AssertToldToComeAgain(answer);
                refused.TrySetResult();
                await Task.Delay(_guessAgain);
            }
        })).ToArray();
        try
        {
            await Task.WhenAny([refused.Task, .. guessers]).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

            Assert.Equal(401, (await Client.LogInAsync(other, "wrong")).Status);
            Assert.Equal(200, (await Client.LogInAsync(other, "secret")).Status);
            Assert.Equal(200, (await Client.LogInAsync(victim, "secret")).Status);
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(guessers);
        }
    }

    [Fact]
    public async Task Of_ten_times_as_many_claims_as_may_wait_each_is_answered_and_they_pile_up_nowhere()
    {
        const int rounds = 5, units = 50;
        var (tokens, seller) = (new Tokens(narrow.Deployment.SigningKey), Names.Fresh("seller"));
        Expect.Created(await Client.CreateAsync(tokens.Mint(seller, Tokens.Seller), seller, "c", units));
        var crowd = Enumerable.Range(0, 10 * MaxClaims).Select(_ => tokens.Mint(Names.Fresh("customer"), Tokens.Customer)).ToArray();
        var answers = new List<Answer>();

        for (var round = 0; round < rounds; round++)
        {
            var claims = crowd.Select(token => Client.ClaimAsync(token, seller, "c"));
            answers.AddRange(await Task.WhenAll(claims).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        }

        Assert.All(answers, answer => Assert.Contains(answer.Status, (int[])[201, 204, 503]));
        Assert.All(answers.Where(answer => answer.Status == 503), AssertToldToComeAgain);
        Assert.Contains(answers, answer => answer.Status == 503);
        Assert.InRange(answers.Count(answer => answer.Status == 201), 1, units);
        await Eventually.EqualAsync("neither a claim waits nor an outbox", (0.0, 0.0), async () =>
        {
            var scrape = await Scrape.OfAsync(narrow.Deployment.Gateways[0]);
            Assert.All((string[])["seckill_claims_waiting", "seckill_queue_depth"], name => Assert.Contains(name, scrape.Types.Keys));
            return (scrape.Sum("seckill_claims_waiting"), scrape.Sum("seckill_queue_depth"));
        }, TimeSpan.FromSeconds(30));
    }

    private static void AssertToldToComeAgain(Answer answer)
    {
        Expect.Refused(answer, 503);
        Assert.NotNull(answer.Headers.RetryAfter?.Delta);
    }
}
