using System.Globalization;
using Microsoft.Extensions.Logging;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Coupons;
using SecKill.Grains.Ledger;
using SecKill.Grains.Stock;
using StackExchange.Redis;

namespace SecKill.Grains.Audit;

/// <summary>
/// Puts a ledger right that has fallen back to an earlier state: coupons that it has lost get their rows back, and each of which
/// Redis knows more is rebuilt, which writes every claim that Redis knows. Silos may run or not; it can be repeated.
/// </summary>
public sealed class LedgerRepair(StockServer server, ILedger ledger, ILoggerFactory loggers)
{
    private readonly LedgerComparison _comparison = new(server, ledger);
    private readonly DirectRebuild _rebuild = new(server, ledger, loggers);

    /// <summary>Repairs.</summary>
    /// <param name="tell">Gets a line for each coupon.</param>
    /// <param name="cancellation">Ends it between two coupons.</param>
    /// <exception cref="UnavailableException">Redis or SQL cannot be reached.</exception>
    public async Task<RepairSummary> RunAsync(Action<string> tell, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(tell);
        var (behind, known) = await _comparison.BehindAsync(GoOnAsync);
        var lost = await _comparison.LostAsync(known, GoOnAsync);
        tell($"{known.Count} coupons in the ledger; {behind.Count} of them are behind Redis, {lost.Count} more are in Redis only.");
        var (rebuilt, putBack, failed) = (0, 0, 0);
        foreach (var id in behind)
        {
            if (await TryAsync(id, "rebuilt", () => _rebuild.RunAsync(id, cancellation)))
                rebuilt++;
        }
        foreach (var id in lost)
        {
            if (await TryAsync(id, "put back and rebuilt", () => PutBackAsync(id)))
                putBack++;
        }
        return new RepairSummary(known.Count, rebuilt, putBack, failed);

        Task GoOnAsync() => cancellation.IsCancellationRequested ? Task.FromCanceled(cancellation) : Task.CompletedTask;

        async Task<bool> TryAsync(CouponId id, string what, Func<Task<bool>> repairAsync)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                if (await repairAsync())
                {
                    tell($"{id.Key}: {what}");
                    return true;
                }
                tell($"{id.Key}: cannot be put back, for Redis has lost its terms. Its seller can create it again; the owners that Redis knows keep their pieces.");
            }
            catch (UnavailableException fault)
            {
                tell($"{id.Key}: failed. {fault.Message}");
            }
            failed++;
            return false;
        }

        async Task<bool> PutBackAsync(CouponId id)
        {
            if (await ReadTermsAsync(id) is not { } coupon)
                return false;
            // Null: it was created again meanwhile.
            await ledger.CreateAsync(id, coupon.Terms, coupon.Identity);
            return await _rebuild.RunAsync(id, cancellation);
        }
    }

    /// <summary>What the seller fixed, as Redis has it.</summary>
    private async Task<(CouponTerms Terms, long? Identity)?> ReadTermsAsync(CouponId id)
    {
        var fields = await StockServer.Guard(() => server.Database.HashGetAsync(
            StockKeys.OfCoupon(id)[0], ["amount", "stock", "description", "identity"], CommandFlags.DemandMaster));
        return int.TryParse((string?)fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out var amount)
            && int.TryParse((string?)fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out var stock)
            ? (new CouponTerms(amount, stock, (string?)fields[2] ?? ""), fields[3].TryParse(out long identity) ? identity : null)
            : null;
    }
}

/// <summary>What a repair has done.</summary>
/// <param name="Coupons">How many the ledger had.</param>
/// <param name="Rebuilt">Those of which Redis knew more.</param>
/// <param name="PutBack">Those that it had lost.</param>
/// <param name="Failed">Those that could not be repaired.</param>
public readonly record struct RepairSummary(int Coupons, int Rebuilt, int PutBack, int Failed);
