using System.CommandLine;
using System.Globalization;
using System.Text;
using SecKill.Bench.Commands;

namespace SecKill.Bench.Capacity;

/// <summary><c>bench capacity</c>: the pods and stores that a sale needs.</summary>
internal static class CapacityCommand
{
    private static readonly long[] _usual = [10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

    public static Command Create()
    {
        var users = new Option<long[]>("--users") { Description = "Customers, with one claim each; several numbers for a row each.", DefaultValueFactory = _ => _usual, AllowMultipleArgumentsPerToken = true };
        users.Validators.Add(result =>
        {
            if (result.Tokens.Any(token => long.TryParse(token.Value, out var value) && value is < 1 or > 10_000_000_000))
                result.AddError("--users must be from 1 to 10000000000.");
        });
        var within = Durations.Option("--within", "The time within which they claim.", "10s");
        var coupons = SharedOptions.Count("--coupons", "Coupons on sale, all wanted alike.", 1_000);
        var share = new Option<double>("--units-share", "--pieces-share") { Description = "Units of all coupons together, as a part of the customers.", DefaultValueFactory = _ => 0.1 }.Within(0.000001, 1);
        var logIns = Durations.Option("--log-ins", "The time before the sale within which all of them log in.", "30m");
        var cores = new Option<double>("--cores") { Description = "Processors of a pod.", DefaultValueFactory = _ => 2 }.Within(0.1, 1_024);
        var use = new Option<double>("--use") { Description = "The usable part of a processor.", DefaultValueFactory = _ => 0.6 }.Within(0.01, 1);
        var hash = new Option<double>("--hash-ms") { Description = "Processor time of a password hash, in milliseconds.", DefaultValueFactory = _ => new CostTable().HashMillis }.Within(0.001, 60_000);
        var rows = new Option<double>("--ledger-rows") { Description = "Rows that SQL takes a second.", DefaultValueFactory = _ => new CostTable().LedgerRowsPerSecond }.Within(1, 1e9);
        var command = new Command("capacity", """
            Computes how many gateways, silos and Redis primaries a sale needs, from the measured costs of a claim
            (docs/operating/capacity.md). It asks no server.

            Example: bench capacity --users 1000000 --within 10s --coupons 100
            """)
        {
            users, within, coupons, share, logIns, cores, use, hash, rows,
        };
        command.Runs(async (parsed, _) =>
        {
            var costs = new CostTable { HashMillis = parsed.GetValue(hash), LedgerRowsPerSecond = parsed.GetValue(rows) };
            await Console.Out.WriteAsync(Table(parsed.GetValue(users)!.Select(count => (count, new CapacityPlan(new PlannedSale(
                count, Math.Max(0.001, (parsed.GetValue(within) ?? TimeSpan.FromSeconds(10)).TotalSeconds), parsed.GetValue(coupons),
                Math.Max(1, (long)(count * parsed.GetValue(share))), Math.Max(0.001, (parsed.GetValue(logIns) ?? TimeSpan.FromMinutes(30)).TotalMinutes),
                parsed.GetValue(cores), parsed.GetValue(use)), costs)))));
            return CommandLine.Good;
        });
        return command;
    }

    /// <summary>Markdown, so that it can be put into a document.</summary>
    private static string Table(IEnumerable<(long Users, CapacityPlan Plan)> plans)
    {
        var text = new StringBuilder("""
            | users | claims/s | gateways | silos | silos for the log-ins | Redis primaries | sold out after s | in the ledger after s | GB of connections a gateway | GB in Redis | GB in SQL | Gbit/s |
            | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |

            """);
        foreach (var (users, plan) in plans)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"| {users:N0} | {plan.ClaimsPerSecond:N0} | {plan.Gateways:N0} | {plan.Silos:N0} | {plan.SilosForLogIns:N0} | {plan.RedisPrimaries:N0} | "
                + $"{plan.SoldOutAfter:N1} | {plan.DrainedAfter:N1} | {plan.GatewayGigabytes:N2} | {plan.RedisGigabytes:N3} | {plan.SqlGigabytes:N3} | {plan.Gigabits:N2} |");
        }
        return text.ToString();
    }
}
