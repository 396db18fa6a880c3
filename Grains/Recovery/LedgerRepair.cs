namespace SecKill.Grains.Recovery;

/// <summary>
/// Rebuilds coupons without their grains, so also where no silo runs, for operators. Beside running silos the lease in Redis decides whose
/// turn it is, and claims meanwhile are answered 503; what only a grain remembers the grain puts back afterwards. Can be repeated.
/// </summary>
public sealed partial class LedgerRepair(StockServer server, ILedger ledger, ILoggerFactory loggers, TimeProvider time)
{
    // Another process that rebuilds may have died; its lease ends well before.
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(1);

    private readonly Auditor _auditor = new(server, ledger, time);
    private readonly ILogger _logger = loggers.CreateLogger<LedgerRepair>();

    /// <summary>
    /// Repairs a ledger that was put back to an earlier state: coupons without a row get it back, and those of which Redis knows more
    /// claims are rebuilt, which writes these.
    /// </summary>
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
            rebuilt += await TryAsync(id, "rebuilt", () => RebuildAsync(id, cancellation)) ? 1 : 0;
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

    /// <summary>Rebuilds one coupon's stock from the ledger and what survived in Redis, and relays its outbox.</summary>
    /// <returns>False where the ledger has no such coupon.</returns>
    /// <exception cref="UnavailableException">Redis or SQL does not answer, or another process keeps rebuilding it.</exception>
    public async Task<bool> RebuildAsync(CouponId id, CancellationToken cancellation)
    {
        if (await ledger.FindAsync(id) is not { } row)
            return false;
        var since = time.GetTimestamp();
        while (true)
        {
            try
            {
                // Each time: a rebuild that is refused may have put back the returns that leave room for these terms.
                await RaiseToFloorAsync(await ledger.FindAsync(id) ?? row);
                await new Reconciler(server, ledger, id, remembered: [], time, loggers.CreateLogger<Reconciler>()).RunAsync();
                break;
            }
            catch (UnavailableException fault) when (time.GetElapsedTime(since) < _timeout)
            {
                LogRetry(fault, id.Key);
                await Task.Delay(_pause, time, cancellation);
            }
        }
        // The coupon's grain is not told, and might not look before the next claim.
        var relay = new OutboxRelay(server, ledger, async batch => (await ledger.DrainAsync([batch]))[0], id, sale: null, loggers.CreateLogger<OutboxRelay>());
        while (row.Terms.Waitlist > 0 && await relay.WaitlogStepAsync() == RelayStep.More)
            cancellation.ThrowIfCancellationRequested();
        while (await relay.StepAsync() == RelayStep.More)
            cancellation.ThrowIfCancellationRequested();
        return true;
    }

    /// <summary>
    /// Gives the latest terms that either store has the version at which the stock was stopped, where those of that version are lost: an
    /// operator decides by this command that the sale goes on under terms of before.
    /// </summary>
    private async Task RaiseToFloorAsync(LedgerCoupon row)
    {
        var found = await TermsInRedis.ReadAsync(server, StockKeys.OfCoupon(row.Id)[0]);
        if (found.AreStoppedAfter(row) && found.Floor!.Value.Version > found.Version)
            await ledger.PutBackTermsAsync(row.Key, found.Floor.Value.Version, found.AreLaterThan(row) ? found.Terms! : StockTerms.Of(row));
    }

    private async Task<bool> PutBackAsync(CouponId id, CancellationToken cancellation)
    {
        var fields = await StockServer.Guard(() => server.Database.HashGetAsync(
            StockKeys.OfCoupon(id)[0], ["amount", "stock", "description", "identity", "starts", "ends", "returns", "until", "waitlist", "redeem"], CommandFlags.DemandMaster));
        if (!int.TryParse((string?)fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out var amount)
            || !int.TryParse((string?)fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out var stock))
        {
            return false;
        }
        // Null: it was created again meanwhile.
        var terms = new CouponTerms(amount, stock, (string?)fields[2] ?? "", TermsInRedis.NumberIn(fields[4]), TermsInRedis.NumberIn(fields[5]), fields[6] == "1",
            TermsInRedis.NumberIn(fields[7]), (int)(TermsInRedis.NumberIn(fields[8]) ?? 0), TermsInRedis.NumberIn(fields[9]));
        await ledger.CreateAsync(id, terms, fields[3].TryParse(out long identity) ? identity : null);
        return await RebuildAsync(id, cancellation);
    }

    [LoggerMessage(EventIds.RebuildRetried, LogLevel.Warning, "Could not rebuild {Coupon}; retrying.")]
    private partial void LogRetry(Exception fault, string coupon);
}

/// <summary>What a repair has done.</summary>
/// <param name="Coupons">How many the ledger had.</param>
/// <param name="Rebuilt">Those of which Redis knew more.</param>
/// <param name="PutBack">Those that it had lost.</param>
/// <param name="Failed">Those that could not be repaired.</param>
public readonly record struct RepairSummary(int Coupons, int Rebuilt, int PutBack, int Failed);
