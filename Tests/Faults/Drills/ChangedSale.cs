namespace SecKill.Tests.Faults.Drills;

/// <summary>A coupon whose terms change while customers claim it, and the check that each win was in keeping with them.</summary>
internal sealed class ChangedSale : IAsyncDisposable
{
    private static readonly TimeSpan _drained = TimeSpan.FromSeconds(90);

    private ChangedSale(ClusterDeployment cluster, SellersCoupon coupon, string drill, int claimsPerSecond)
    {
        (Coupon, Report) = (coupon, new DrillReport(drill, DrillTerms.Seed));
        Terms = new KnownTerms(coupon.OnSale.Amount);
        Claimants = new Claimants(cluster, coupon, DrillTerms.Seed, claimsPerSecond, again: 0.2);
    }

    public SellersCoupon Coupon { get; }

    public Claimants Claimants { get; }

    public KnownTerms Terms { get; }

    public DrillReport Report { get; }

    public static async Task<ChangedSale> StartAsync(ClusterDeployment cluster, string drill, int amount = 1_000, int claimsPerSecond = 150)
    {
        var sale = new ChangedSale(cluster, await SellersCoupon.CreateAsync(cluster, amount), drill, claimsPerSecond);
        sale.Claimants.Start();
        return sale;
    }

    /// <summary>Sends a change until it is known what became of it, and checks that both stores have just that.</summary>
    /// <param name="asked">Before it was first sent, by the clock of Redis.</param>
    /// <param name="onAnswered">Called once it is answered.</param>
    /// <returns>Whether it was made; else there were more owners than units.</returns>
    public async Task<bool> DecidedAsync(Change change, long asked, Func<StoredTerms, bool> isReached, int gateway = 0, Action? onAnswered = null)
    {
        var decided = await Coupon.DecidedAsync(change, gateway);
        var answered = await Coupon.NowAsync();
        onAnswered?.Invoke();
        Assert.Contains(decided.Status, (int[])[200, 409]);
        var terms = await Coupon.SettledAsync(isQuiet: false);
        var isMade = decided.Status == 200;
        Assert.True(isReached(terms) == isMade, $"{change} was answered {decided}; now it is {terms}.");
        // Closing at what is sold is no change where nothing is left.
        Assert.InRange((await Coupon.RecordedAsync(change)).Count, isMade && !change.IsSold ? 1 : 0, isMade ? 1 : 0);
        if (isMade)
            Terms.Note(asked, answered, new Terms(terms.Amount, terms.MaySell(answered)), $"{change}");
        return isMade;
    }

    /// <summary>Stops the customers and checks all that they were told and what both stores have.</summary>
    public async Task EndAsync(FormattableString measured)
    {
        await Claimants.StopAsync();
        var rows = await Claimants.DrainedAsync(_drained);
        Assert.Empty(Claimants.Lies);
        Assert.Empty(Terms.FindWrong(rows));
        Assert.Empty(Terms.FindFalse(Claimants.Told));
        await Coupon.SettledAsync(isQuiet: true);
        Assert.Empty(Coupon.Contradictions);
        Report.Figure($"{measured}; of {Claimants.Told.Count} claims {rows.Count} won, none beyond the amount or after a pause or an end was answered");
    }

    public ValueTask DisposeAsync() => Claimants.DisposeAsync();
}
