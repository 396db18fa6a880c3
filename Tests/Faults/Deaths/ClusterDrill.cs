namespace SecKill.Tests.Faults.Deaths;

/// <summary>What the drills on the private cluster have in common.</summary>
public abstract class ClusterDrill(ClusterDrills drills) : IAsyncLifetime
{
    protected static readonly TimeSpan Drained = TimeSpan.FromSeconds(90);
    private readonly Stopwatch _clock = new();

    protected ClusterDeployment Cluster { get; private set; } = null!;

    protected Sale Sale { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Cluster = await drills.HealthyAsync();
        Sale = new Sale(Cluster);
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    /// <summary>Injects a fault after a number of wins, during the sale; returns the sale to wait for.</summary>
    protected async Task<Task> DuringSaleAsync(int customers, int afterWins, Func<Task> terrible)
    {
        var rush = Sale.RushAsync(customers);
        await Sale.WinsReachAsync(afterWins);
        await terrible();
        _clock.Restart();
        return rush;
    }

    /// <summary>Prints the time since the fault.</summary>
    protected void Report(string what) => TestContext.Current.TestOutputHelper?.WriteLine(
        $"{what} {_clock.Elapsed.TotalSeconds:0.0} s after it, {Sale.Wins} wins, slowest answer {Sale.Slowest.TotalSeconds:0.0} s");

    /// <summary>New customers are sold to again.</summary>
    protected async Task SellingResumesAsync(TimeSpan within)
    {
        foreach (var coupon in Sale.Coupons)
        {
            await Eventually.HoldsAsync(
                $"{coupon.Name} is sold again", "a decided claim",
                () => Sale.ClaimAsync(coupon, Names.Fresh("hopeful")), heard => heard != Heard.Unknown, within);
        }
    }
}
