using System.Globalization;
using Microsoft.Extensions.Logging;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Coupons;
using SecKill.Grains.Ledger;
using SecKill.Grains.Stock;
using StackExchange.Redis;

namespace SecKill.Grains.Recovery;

/// <summary>
/// Repairs a rolled-back ledger: coupons without a row get it back, and those with more claims in Redis are rebuilt, which writes these
/// claims. Works beside running silos; can be repeated.
/// </summary>
public sealed class LedgerRepair(StockServer server, ILedger ledger, ILoggerFactory loggers, TimeProvider time)
{
    private readonly Auditor _auditor = new(server, ledger, time);
    private readonly DirectRebuild _rebuild = new(server, ledger, loggers, time);

    /// <summary>Repairs.</summary>
    /// <param name="tell">Gets a line for each coupon.</param>
    /// <param name="cancellation">Ends it between two coupons.</param>
    /// <exception cref="UnavailableException">Redis or SQL cannot be reached.</exception>
    public async Task<RepairSummary> RunAsync(Action<string> tell, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(tell);
        var gaps = await _auditor.FindGapsAsync(
            searchesRedis: true, () => cancellation.IsCancellationRequested ? Task.FromCanceled(cancellation) : Task.CompletedTask);
        tell($"{gaps.Coupons} coupons in the ledger; {gaps.Behind.Count} of them are behind Redis, {gaps.Lost.Count} more are in Redis only.");
        var (rebuilt, putBack) = (0, 0);
        foreach (var id in gaps.Behind)
            rebuilt += await TryAsync(id, "rebuilt", () => _rebuild.RunAsync(id, cancellation)) ? 1 : 0;
        foreach (var id in gaps.Lost)
            putBack += await TryAsync(id, "put back and rebuilt", () => PutBackAsync(id, cancellation)) ? 1 : 0;
        return new RepairSummary(gaps.Coupons, rebuilt, putBack, gaps.Behind.Count + gaps.Lost.Count - rebuilt - putBack);

        async Task<bool> TryAsync(CouponId id, string what, Func<Task<bool>> repairAsync)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                var isDone = await repairAsync();
                tell(isDone
                    ? $"{id.Key}: {what}"
                    : $"{id.Key}: cannot be put back, for Redis has lost its terms. Its seller can create it again; the owners that Redis knows keep their units.");
                return isDone;
            }
            catch (UnavailableException fault)
            {
                tell($"{id.Key}: failed. {fault.Message}");
                return false;
            }
        }
    }

    private async Task<bool> PutBackAsync(CouponId id, CancellationToken cancellation)
    {
        var fields = await StockServer.Guard(() => server.Database.HashGetAsync(
            StockKeys.OfCoupon(id)[0], ["amount", "stock", "description", "identity"], CommandFlags.DemandMaster));
        if (!int.TryParse((string?)fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out var amount)
            || !int.TryParse((string?)fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out var stock))
        {
            return false;
        }
        // Null: it was created again meanwhile.
        await ledger.CreateAsync(id, new CouponTerms(amount, stock, (string?)fields[2] ?? ""), fields[3].TryParse(out long identity) ? identity : null);
        return await _rebuild.RunAsync(id, cancellation);
    }
}

/// <summary>What a repair has done.</summary>
/// <param name="Coupons">How many the ledger had.</param>
/// <param name="Rebuilt">Those of which Redis knew more.</param>
/// <param name="PutBack">Those that it had lost.</param>
/// <param name="Failed">Those that could not be repaired.</param>
public readonly record struct RepairSummary(int Coupons, int Rebuilt, int PutBack, int Failed);
