using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using SecKill.Bench.Load;
using SecKill.Bench.Reports;
using SecKill.Bench.Scenarios;
using SecKill.Tests.LocalServers.Deployments;
using SecKill.Tests.LocalServers.Sales;

namespace SecKill.Research.Figures;

/// <summary>
/// Tills that redeem units of a coupon while it sells, at a fixed rate (open loop), beside the same sale without them: the two in turn, at full
/// speed, and at half of it.
/// </summary>
internal static class Redemptions
{
    private const int PerSecond = 500;
    private const int Tills = 50;

    public static async IAsyncEnumerable<Figure> MeasureAsync(TestBed bed, [EnumeratorCancellation] CancellationToken stop)
    {
        var product = await bed.ProductAsync(stop);
        var load = bed.Load(product);
        var full = new Pairs();
        await full.MeasureAsync(bed, product, load, stop);
        yield return new Figure("claims sold without redemptions", full.Alone(sale => sale.RequestsPerSecond), "a second");
        yield return new Figure($"claims sold beside {PerSecond} redemptions a second", full.Beside(sale => sale.RequestsPerSecond), "a second");
        yield return new Figure("so much of the rate is kept", full.Kept, "");
        foreach (var figure in full.OfTills())
            yield return figure;

        var half = new Pairs();
        await half.MeasureAsync(bed, product, load with { Rate = full.Alone(sale => sale.RequestsPerSecond) / 2 }, stop);
        yield return new Figure("at half of the rate: 99 of 100 claims take, without redemptions", half.Alone(sale => sale.Total.LatencyMicros.P99 / 1_000.0), "ms");
        yield return new Figure("… beside them", half.Beside(sale => sale.Total.LatencyMicros.P99 / 1_000.0), "ms");
        foreach (var figure in half.OfTills())
            yield return figure;
    }

    /// <summary>Sales without redemptions and with them, in turn.</summary>
    private sealed class Pairs
    {
        private readonly List<ScenarioResult> _alone = [];
        private readonly List<ScenarioResult> _beside = [];
        private readonly List<RedeemedSale> _tills = [];

        public double Kept => Statistics.Median(_beside.Zip(_alone, (beside, alone) => beside.RequestsPerSecond / alone.RequestsPerSecond));

        public double Alone(Func<ScenarioResult, double> figureOf) => Statistics.Median(_alone.Select(figureOf));

        public double Beside(Func<ScenarioResult, double> figureOf) => Statistics.Median(_beside.Select(figureOf));

        public async Task MeasureAsync(TestBed bed, Deployment product, ScenarioOptions load, CancellationToken stop)
        {
            for (var round = 0; round < bed.Rounds; round++)
            {
                // Neither is always the first.
                foreach (var hasTills in (bool[])[round % 2 == 1, round % 2 == 0])
                {
                    RedeemedSale? sale = null;
                    var scenario = LoadScenario.Sell with { ScriptOf = (stage, _) => sale = new RedeemedSale(stage, hasTills ? PerSecond : 0, Tills, load.Duration!.Value) };
                    var result = await bed.PlayAsync(scenario, load, stop, phase => sale?.Enter(phase, stop));
                    (hasTills ? _beside : _alone).Add(result);
                    if (hasTills)
                        _tills.Add(sale!);
                }
            }
            var ledger = await RedeemedAsync(product);
            var answered = _tills.Sum(sale => sale.Redeemed);
            bed.Judge(new CheckResult("redemptions", ledger >= answered && _tills.TrueForAll(sale => sale.Failed == 0), "each is answered 200, and in the ledger", $"{answered} answered so, {_tills.Sum(sale => sale.Failed)} otherwise, {ledger} in the ledger"));
        }

        public IEnumerable<Figure> OfTills()
        {
            yield return new Figure("redemptions answered", Statistics.Median(_tills.Select(sale => sale.Redeemed / sale.Seconds)), "a second");
            yield return new Figure("half of the redemptions take", Statistics.Median(_tills.Select(sale => sale.Latency.P50 / 1_000.0)), "ms");
            yield return new Figure("99 of 100 redemptions take", Statistics.Median(_tills.Select(sale => sale.Latency.P99 / 1_000.0)), "ms");
            yield return new Figure("redemptions that were due and could not be sent", _tills.Sum(sale => sale.NotSent), "");
        }

        private static async Task<long> RedeemedAsync(Deployment product)
        {
            await using var ledger = await product.OpenLedgerAsync();
            await using var command = ledger.CreateCommand();
            command.CommandText = "SELECT COUNT(redeemed_at) FROM claims";
            return Convert.ToInt64(await command.ExecuteScalarAsync(), System.Globalization.CultureInfo.InvariantCulture);
        }
    }

    /// <summary>One coupon that does not run out, of which some units were sold before and are redeemed while the others sell.</summary>
    private sealed class RedeemedSale(Stage stage, int perSecond, int tills, TimeSpan duration) : Script(stage)
    {
        private const int SoldAtOnce = 32;

        private readonly ConcurrentQueue<string> _codes = new();
        private Task _redeeming = Task.CompletedTask;
        private OperationCounts _answers = new();

        public override IReadOnlyList<OperationKind> Operations { get; } = [OperationKind.Claim];

        public long Redeemed => _answers.Of(200);

        public long Failed => _answers.Answers - Redeemed + _answers.Failures;

        public long NotSent { get; private set; }

        public double Seconds { get; private set; }

        public Latencies Latency => Latencies.Of(_answers);

        /// <summary>Sells as many units as are redeemed; without tills too, so that both sales are of one size.</summary>
        public override Task PrepareAsync(CancellationToken stop) => Parallel.ForEachAsync(
            Enumerable.Range(0, (int)(PerSecond * duration.TotalSeconds) + tills), new ParallelOptions { MaxDegreeOfParallelism = SoldAtOnce, CancellationToken = stop }, async (_, cancel) =>
            {
                Stage.Crowd.TryTake(out var user);
                Stage.Book.Sending(0);
                var token = Stage.Crowd.TokenOf(user);
                var (status, _) = await Stage.Api.ClaimAsync(token, Stage.Seller.Name, Stage.CouponName(0), cancel);
                Stage.Book.Answered(0, user, new(status, SecKill.Bench.Http.ClaimResult.Claimed, 0, default));
                _codes.Enqueue(await Stage.Api.CodeAsync(token, Stage.Crowd.NameOf(user), Stage.Seller.Name, Stage.CouponName(0), cancel));
            });

        public override Visitor VisitorOf(LoadRun run, int connection) => new Claimer(Stage, connection);

        /// <summary>The tills open when the sale is measured, and close before it is checked.</summary>
        public void Enter(string phase, CancellationToken stop)
        {
            if (phase != LoadScenario.Measuring || perSecond == 0)
                return;
            _redeeming = Task.Run(() => RedeemAsync(phase, stop), stop);
        }

        public override Task ReadAsync(CancellationToken stop) => _redeeming;

        private async Task RedeemAsync(string phase, CancellationToken stop)
        {
            using var run = new LoadRun(new LoadPlan { Connections = tills, Rate = perSecond, Duration = duration }, Stage.Targets, operations: 1);
            await LoadEngine.RunAsync(run, (_, till) => new Till(Stage, _codes, till), phase, ProgressDisplay.None, stop);
            (_answers, Seconds) = (run.Measured.ReadAll(), run.MeasuredSeconds);
            NotSent = Math.Max(0, run.ScheduledMeasured - _answers.Answers - _answers.Failures);
        }
    }

    /// <summary>Redeems one code after the other.</summary>
    private sealed class Till(Stage stage, ConcurrentQueue<string> codes, int connection) : Visitor
    {
        public override bool TryPrepare()
        {
            if (!codes.TryDequeue(out var code))
                return false;
            stage.WriteRedemption(connection, code, Request);
            return true;
        }

        public override void Answered(in SecKill.Bench.Http.HttpReply reply)
        {
        }
    }
}
