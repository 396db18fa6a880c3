using SecKill.Bench.Load;
using SecKill.Tests.LocalServers.Sales;

namespace SecKill.Bench.Scenarios;

/// <summary>Reads what the server lists after a sale, and has it judged by the answers.</summary>
internal static class SaleCheck
{
    // The longest wait for the answer to a check.
    private static readonly TimeSpan _timeout = TimeSpan.FromMinutes(2);

    /// <summary>Checks everything; in the order in which it is best read.</summary>
    public static async Task<IReadOnlyList<CheckResult>> RunAsync(Stage stage, Script script, LoadRun run)
    {
        using var expiry = new CancellationTokenSource(_timeout);
        var read = await TryAsync("the end", async () =>
        {
            await script.ReadAsync(expiry.Token);
            return new CheckResult("the end", true, "", "");
        });
        return
        [
            .. read.Passed ? (IReadOnlyList<CheckResult>)[] : [read],
            Answers(script, run, stage.Book),
            Wins(stage.Book),
            await TryAsync("left", () => LeftAsync(stage, expiry.Token)),
            await TryAsync("winners' lists", () => ListsAsync(stage, stage.Book.Winners, isWinner: true, expiry.Token)),
            await TryAsync("losers' lists", () => ListsAsync(stage, stage.Book.Losers, isWinner: false, expiry.Token)),
            .. script.Check(),
        ];
    }

    /// <summary>Only documented answers that do not contradict earlier ones, and at least one.</summary>
    private static CheckResult Answers(Script script, LoadRun run, CouponBook book)
    {
        var expected = string.Join("; ", script.Operations.Select(kind => $"{kind.Name}: {string.Join(", ", kind.Statuses)} or 503"));
        var wrong = new List<string>();
        var answers = 0L;
        for (var operation = 0; operation < script.Operations.Count; operation++)
        {
            var kind = script.Operations[operation];
            var counts = run.Measured.Read(operation);
            counts.Add(run.WarmUp.Read(operation));
            answers += counts.Answers - counts.Of(503);
            wrong.AddRange(counts.Statuses.Where(status => status.Key != 503 && !kind.Statuses.Contains(status.Key))
                .Select(status => $"{kind.Name}: {status.Value:N0} × {status.Key}"));
        }
        if (book.Lies.Result("") is { Passed: false } lies)
            wrong.Add(lies.Found);
        return new CheckResult("answers", wrong.Count == 0 && answers > 0, expected, wrong.Count > 0 ? string.Join("; ", wrong) : $"{answers:N0} such answers, 503 aside");
    }

    private static CheckResult Wins(CouponBook book) => Findings
        .Of("wins", "as many as units or claims, whichever is less", book.Outcomes, coupon => coupon.Name, SaleJudge.Wins)
        .Result($"{book.Outcomes.Sum(coupon => coupon.Won):N0} claims won");

    private static async Task<CheckResult> LeftAsync(Stage stage, CancellationToken stop)
    {
        var listed = (await stage.Api.ListAsync(stage.Seller.Token, stage.Seller.Name, stop)).ToDictionary(coupon => coupon.Name);
        return Findings
            .Of("left", "units - wins, in the seller's list", stage.Book.Outcomes, coupon => coupon.Name, coupon => SaleJudge.Left(coupon, listed.GetValueOrDefault(coupon.Name)))
            .Result($"{stage.Book.Count:N0} coupons with units - wins");
    }

    private static async Task<CheckResult> ListsAsync(Stage stage, ClaimSample sample, bool isWinner, CancellationToken stop)
    {
        var lists = isWinner
            ? new Findings("winners' lists", "what they won is in them")
            : new Findings("losers' lists", "what they were refused is not in them");
        var claims = sample.Claims;
        foreach (var (coupon, user) in claims)
        {
            // Whose unit has changed hands since.
            if (!stage.Book.Owns(coupon, user, isWinner, out var owns))
                continue;
            var name = stage.Crowd.NameOf(user);
            var list = await stage.Api.ListAsync(stage.Crowd.TokenOf(user), name, stop);
            if (list.Any(row => row.Name == Stage.CouponName(coupon)) != owns)
                lists.Add($"{name}: {Stage.CouponName(coupon)} is {(owns ? "missing" : "there")}");
        }
        return lists.Result($"so in all {claims.Count} that were read");
    }

    private static async Task<CheckResult> TryAsync(string name, Func<Task<CheckResult>> check)
    {
        try
        {
            return await check();
        }
        catch (Exception fault) when (fault is BenchException or OperationCanceledException or ArgumentException)
        {
            return new CheckResult(name, false, "what the server has", $"it cannot be checked: {fault.Message}");
        }
    }
}
