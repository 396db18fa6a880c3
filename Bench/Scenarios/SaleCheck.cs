using SecKill.Bench.Load;
using SecKill.Bench.Reports;

namespace SecKill.Bench.Scenarios;

/// <summary>The checks after any sale: the server's lists agree with its answers.</summary>
internal static class SaleCheck
{
    private const int ShownAtMost = 3;
    // The longest wait for the answer to a check.
    private static readonly TimeSpan _timeout = TimeSpan.FromMinutes(2);

    /// <summary>Checks everything; in the order in which it is best read.</summary>
    public static async Task<IReadOnlyList<CheckResult>> RunAsync(Stage stage, Script script, LoadRun run)
    {
        using var expiry = new CancellationTokenSource(_timeout);
        return
        [
            Answers(script, run),
            Wins(stage.Book),
            await TryAsync("left", () => LeftAsync(stage, expiry.Token)),
            await TryAsync("winners' lists", () => ListsAsync(stage, stage.Book.Winners, isWinner: true, expiry.Token)),
            await TryAsync("losers' lists", () => ListsAsync(stage, stage.Book.Losers, isWinner: false, expiry.Token)),
            .. script.Check(),
        ];
    }

    /// <summary>Only documented answers, and at least one.</summary>
    private static CheckResult Answers(Script script, LoadRun run)
    {
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
        var expected = string.Join("; ", script.Operations.Select(kind => $"{kind.Name}: {string.Join(", ", kind.Statuses)} or 503"));
        return new CheckResult("answers", wrong.Count == 0 && answers > 0, expected, wrong.Count > 0 ? string.Join("; ", wrong) : $"{answers:N0} such answers, 503 aside");
    }

    /// <summary>Wins = min(units, claims); claims with an unknown result may have won.</summary>
    private static CheckResult Wins(CouponBook book) => Each(book, "wins", coupon =>
    {
        var possible = Math.Min(book.Pieces, coupon.Claims - coupon.Rejected);
        var lowest = Math.Max(0, possible - coupon.Unknown);
        if (coupon.Repeated > 0)
            return ("nobody owns a piece before his first claim", $"{coupon.Repeated:N0} were answered already-claimed");
        return coupon.Won >= lowest && coupon.Won <= book.Pieces
            ? null
            : (Range(lowest, possible), $"{coupon.Won:N0} of {coupon.Claims:N0} claims");
    }, $"{book.Entries.Sum(coupon => coupon.Won):N0} claims won");

    /// <summary>The seller's list shows what is left; what is unknown may have won.</summary>
    private static async Task<CheckResult> LeftAsync(Stage stage, CancellationToken stop)
    {
        var listed = (await stage.Api.ListAsync(stage.Seller.Token, stage.Seller.Name, stop)).ToDictionary(coupon => coupon.Name);
        return Each(stage.Book, "left", coupon =>
        {
            var highest = stage.Book.Pieces - coupon.Won;
            var lowest = Math.Max(0, highest - coupon.Unknown);
            if (!listed.TryGetValue(coupon.Name, out var row))
                return ("to be in the seller's list", "not there");
            return row.Amount == stage.Book.Pieces && row.Left >= lowest && row.Left <= highest
                ? null
                : ($"{Range(lowest, highest)} of {stage.Book.Pieces:N0}", $"{row.Left:N0} of {row.Amount:N0}");
        }, $"{stage.Book.Count:N0} coupons with pieces - wins");
    }

    private static async Task<CheckResult> ListsAsync(Stage stage, ClaimSample sample, bool isWinner, CancellationToken stop)
    {
        var wrong = new List<string>();
        var claims = sample.Claims;
        foreach (var (coupon, user) in claims)
        {
            var name = stage.Crowd.NameOf(user);
            var list = await stage.Api.ListAsync(stage.Crowd.TokenOf(user), name, stop);
            if (list.Any(row => row.Name == Stage.CouponName(coupon)) != isWinner)
                wrong.Add($"{name}: {Stage.CouponName(coupon)} is {(isWinner ? "missing" : "there")}");
        }
        return new CheckResult(isWinner ? "winners' lists" : "losers' lists", wrong.Count == 0,
            isWinner ? "what they won is in them" : "what they were refused is not in them", Found(wrong, $"so in all {claims.Count} that were read"));
    }

    private static CheckResult Each(CouponBook book, string name, Func<CouponBook.Entry, (string Expected, string Found)?> differenceOf, string good)
    {
        var wrong = book.Entries.Select(coupon => (coupon.Name, Difference: differenceOf(coupon))).Where(coupon => coupon.Difference is not null).ToList();
        return new CheckResult(name, wrong.Count == 0,
            wrong.Count == 0 ? "as answered" : string.Join("; ", wrong.Take(ShownAtMost).Select(coupon => $"{coupon.Name}: {coupon.Difference!.Value.Expected}")),
            Found([.. wrong.Select(coupon => $"{coupon.Name}: {coupon.Difference!.Value.Found}")], good));
    }

    private static string Found(List<string> wrong, string good) => wrong.Count == 0
        ? good
        : string.Join("; ", wrong.Take(ShownAtMost)) + (wrong.Count > ShownAtMost ? $"; and {wrong.Count - ShownAtMost:N0} more" : "");

    private static async Task<CheckResult> TryAsync(string name, Func<Task<CheckResult>> check)
    {
        try
        {
            return await check();
        }
        catch (Exception fault) when (fault is BenchException or OperationCanceledException or System.Text.Json.JsonException or ArgumentException)
        {
            return new CheckResult(name, false, "the server's lists", $"it cannot be checked: {fault.Message}");
        }
    }

    private static string Range(long lowest, long highest) => lowest == highest ? $"{highest:N0}" : $"{lowest:N0} to {highest:N0}";
}
