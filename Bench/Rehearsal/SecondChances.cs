using SecKill.Bench.Scenarios;
using SecKill.Tests.LocalServers.Sales;

namespace SecKill.Bench.Rehearsal;

/// <summary>What follows the claims of a rehearsed sale: the line, returns and redemptions, and how each answer is judged. Thread-safe.</summary>
internal sealed class SecondChances(RehearsalOptions options)
{
    private const string Name = "second chances";
    private const string Expected = "no sold-out for who returned or waits, no win while another waits, served in line, redeemed or returned";

    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(200);

    private readonly LineJudge<long>[] _judges = [.. Enumerable.Range(0, options.Server.Coupons).Select(_ => new LineJudge<long>())];
    private readonly Findings _answers = new(Name, Expected);
    private readonly Findings _claims = new("export", "every owner, return and redemption that was told, and no other");
    private long _joined;
    private long _served;

    /// <summary>The kinds of requests, by <see cref="Step"/>; the first is the script's own.</summary>
    public static IReadOnlyList<OperationKind> Operations { get; } =
        [OperationKind.Join, OperationKind.Look, OperationKind.Return, OperationKind.Receipt, OperationKind.Redeem];

    /// <summary>Who has a unit.</summary>
    public UnitHands Hands { get; } = new();

    /// <summary>What followed the claims.</summary>
    public ChancesResult Result => new(
        Volatile.Read(ref _joined), Volatile.Read(ref _served), Hands.Count(Standing.InLine), Hands.Count(Standing.Returned), Hands.Count(Standing.Redeemed));

    /// <summary>A coupon's judge.</summary>
    public LineJudge<long> JudgeOf(int coupon) => _judges[coupon];

    /// <summary>An answer was judged.</summary>
    /// <param name="lie">Why it is false, or null.</param>
    public void Judged(int coupon, long user, string? lie)
    {
        if (lie is not null)
            _answers.Add($"{Stage.CouponName(coupon)}: user {user} {lie}");
    }

    /// <summary>A customer is in line.</summary>
    public void Joined() => Interlocked.Increment(ref _joined);

    /// <summary>A customer who was refused first was served from the line.</summary>
    public void Served() => Interlocked.Increment(ref _served);

    /// <summary>The checks of all that followed the claims.</summary>
    public IEnumerable<CheckResult> Check()
    {
        for (var coupon = 0; coupon < _judges.Length; coupon++)
        {
            foreach (var overtaken in _judges[coupon].FindOvertaken())
                _answers.Add($"{Stage.CouponName(coupon)}: user {overtaken}");
        }
        var judged = _judges.Sum(judge => judge.Checked);
        yield return judged > 0 ? _answers.Result($"so in all {judged:N0} answers") : new CheckResult(Name, false, Expected, "no answer was judged");
        yield return _claims.Result($"so of all {_claims.Checked:N0} units");
    }

    /// <summary>Reads the seller's exports once nothing is on its way, compares, and learns who was served without having heard of it.</summary>
    /// <exception cref="BenchException">They cannot be read.</exception>
    public async Task ReadAsync(Stage stage, CancellationToken stop)
    {
        var standings = Hands.All.ToLookup(one => one.Key.Coupon);
        for (var coupon = 0; coupon < _judges.Length; coupon++)
        {
            var (name, token) = (Stage.CouponName(coupon), stage.Seller.Token);
            while (!IsQuiet(await stage.Api.ReportAsync(token, stage.Seller.Name, name, stop)))
                await Task.Delay(_look, stop);
            var claims = await stage.Api.ClaimsAsync(token, stage.Seller.Name, name, stop);
            var known = standings[coupon].Select(one => (one.Key.User, one.Value)).ToList();
            foreach (var (user, standing) in known)
            {
                _claims.CountChecked();
                Compare(stage, coupon, user, standing, claims.GetValueOrDefault(stage.Crowd.NameOf(user)));
            }
            var unknown = claims.Count - known.Count(one => claims.ContainsKey(stage.Crowd.NameOf(one.User)));
            if (unknown > stage.Book.Entries[coupon].Undecided)
                _claims.Add($"{name}: {unknown:N0} owners who were not told so");
        }
    }

    private static bool IsQuiet(System.Text.Json.JsonElement report) =>
        report.GetProperty("settled").GetBoolean() && (report.GetProperty("left").GetInt64() == 0 || report.GetProperty("waiting").GetInt64() == 0);

    private void Compare(Stage stage, int coupon, long user, Standing standing, string? state)
    {
        var isRight = standing switch
        {
            Standing.Owner => state is "claimed" or "redeemed" && (state == "claimed" || options.Redeemed > 0),
            Standing.Redeemed => state == "redeemed",
            Standing.Returned => state == "returned",
            Standing.Returning => state is not null,
            Standing.Refused => state is null,
            _ => state is null or "claimed",
        };
        if (!isRight)
            _claims.Add($"{stage.Crowd.NameOf(user)}, {standing} of {Stage.CouponName(coupon)}: {state ?? "no claim"}");
        switch (standing)
        {
            case Standing.InLine when state is null:
                _judges[coupon].WaitsAtTheEnd(user);
                break;
            case Standing.InLine:
                Hands.Set(coupon, user, Standing.Owner);
                stage.Book.Served(coupon);
                Served();
                break;
            case Standing.Returning:
                Hands.Set(coupon, user, state == "returned" ? Standing.Returned : Standing.Owner);
                break;
        }
    }
}
