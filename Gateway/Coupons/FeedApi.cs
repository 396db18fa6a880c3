using System.Net.Mime;
using SecKill.Grains.Interfaces.Feed;

namespace SecKill.Gateway.Coupons;

/// <summary>Read what became of a coupon: its claims, its events, a report. For its seller. See docs/guide/tutorial.md.</summary>
internal static partial class FeedApi
{
    public const string CsvType = "text/csv";
    public const string NdjsonType = Ndjson.ContentType;

    private static readonly Reply _notTheSeller = Reply.With(StatusCodes.Status403Forbidden, "Only the coupon's seller may read this.");
    private static readonly Reply _notAcceptable = Reply.With(StatusCodes.Status406NotAcceptable, $"This can be had as {MediaTypeNames.Application.Json}, {CsvType} and {NdjsonType}.");

    /// <summary>Adds what the routes need.</summary>
    public static void AddFeeds(this IServiceCollection services) => services.AddSingleton<ExportLimit>();

    /// <summary>Maps the routes.</summary>
    public static void MapFeeds(this IEndpointRouteBuilder routes)
    {
        var coupon = routes.MapGroup("/api/users/{user}/coupons/{coupon}").RequireAuthorization().WithTags(ApiOverview.Coupons).Answers(_notTheSeller, SaleApi.NoSuchCoupon);
        coupon.MapGet("claims", ReadClaimsAsync).WithName("readClaims").Takes([.. FeedParameters.Documented, FeedParameters.Named])
            .Answers([FeedSamples.Claims, .. FeedParameters.Refusals, _notAcceptable, ExportLimit.Refusal]).WithMetadata([.. FeedSamples.ClaimForms]);
        coupon.MapGet("events", ReadEventsAsync).WithName("readEvents").Takes(FeedParameters.Documented)
            .Answers([FeedSamples.Events, .. FeedParameters.Refusals, _notAcceptable, ExportLimit.Refusal]).WithMetadata([.. FeedSamples.EventForms]);
        coupon.MapGet("conflicts", ReadConflictsAsync).WithName("readConflicts").Takes(FeedParameters.Documented)
            .Answers([FeedSamples.Conflicts, .. FeedParameters.Refusals, _notAcceptable, ExportLimit.Refusal]).WithMetadata([.. FeedSamples.ConflictForms]);
        coupon.MapGet("report", ReportAsync).WithName("reportSale").Answers(FeedSamples.Report, FeedParameters.Unknown);
    }

    /// <summary>Read a coupon's claims</summary>
    /// <remarks>
    /// Its seller reads who claimed, in the order of recording; a claim shows as soon as the ledger has it, and `queued` tells how many it did not
    /// have yet. A row keeps its `seq`; later ones have higher numbers, with gaps. As JSON it is a page: go on with `after` until `next` is null.
    /// As `text/csv` or `application/x-ndjson` it is all there is, and ends with a line that tells the number of rows and the SHA-256 of all bytes
    /// before: a file without it is not complete, and can be continued with `after` from any row. Its `queued` tells how many claims were won and
    /// not recorded yet when it began; as many may be missing. In CSV a cell that a spreadsheet would take
    /// for a formula begins with an apostrophe. Times are milliseconds since 1970. A seller may have four exports under way at a gateway.
    /// </remarks>
    /// <response code="200">The claims.</response>
    /// <response code="400">The path or the query cannot be read.</response>
    /// <response code="403">Not the coupon's seller.</response>
    /// <response code="404">No such coupon.</response>
    /// <response code="406">None of the forms is accepted.</response>
    /// <response code="429">Too many exports of this seller are under way.</response>
    internal static Task ReadClaimsAsync(HttpContext context, Caller caller, PathNames path, IGrainFactory grains, LedgerReads reads, ExportLimit limit, ILoggerFactory loggers) => AnswerAsync(
        context, caller, path, takesCustomer: true, limit, new Source<ClaimRow>(
            grains.GetGrain<IFeedGrain>(0), reads, caller.Name.Value, async (feed, query) => Array.ConvertAll(await feed.Claims(query), ClaimRow.Of), loggers.CreateLogger(typeof(FeedApi))));

    /// <summary>Read a coupon's events</summary>
    /// <remarks>
    /// Its seller reads what happened, in order: claims, units served to the waiting list, returns, redemptions and those that were taken back,
    /// changes of the coupon. What a reader has passed never changes. Forms and paging are those of the claims, and so are the numbers: a claim's `seq` is the `no` of its event.
    /// </remarks>
    /// <response code="200">The events.</response>
    /// <response code="400">The path or the query cannot be read.</response>
    /// <response code="403">Not the coupon's seller.</response>
    /// <response code="404">No such coupon.</response>
    /// <response code="406">None of the forms is accepted.</response>
    /// <response code="429">Too many exports of this seller are under way.</response>
    internal static Task ReadEventsAsync(HttpContext context, Caller caller, PathNames path, IGrainFactory grains, LedgerReads reads, ExportLimit limit, ILoggerFactory loggers) => AnswerAsync(
        context, caller, path, takesCustomer: false, limit, new Source<EventRow>(
            grains.GetGrain<IFeedGrain>(0), reads, caller.Name.Value, async (feed, query) => Array.ConvertAll(await feed.Events(query), EventRow.Of), loggers.CreateLogger(typeof(FeedApi))));

    /// <summary>Read a coupon's conflicts</summary>
    /// <remarks>
    /// Its seller reads what tills let pass while they were offline and should not have: units that were redeemed elsewhere, given back or out of time when the
    /// till sent them; and what was redeemed while the ledger had lost that it was given back, which is taken back. Forms and paging are those of the claims; the numbers are of the same count.
    /// </remarks>
    /// <response code="200">The conflicts.</response>
    /// <response code="400">The path or the query cannot be read.</response>
    /// <response code="403">Not the coupon's seller.</response>
    /// <response code="404">No such coupon.</response>
    /// <response code="406">None of the forms is accepted.</response>
    /// <response code="429">Too many exports of this seller are under way.</response>
    internal static Task ReadConflictsAsync(HttpContext context, Caller caller, PathNames path, IGrainFactory grains, LedgerReads reads, ExportLimit limit, ILoggerFactory loggers) => AnswerAsync(
        context, caller, path, takesCustomer: false, limit, new Source<ConflictRow>(
            grains.GetGrain<IFeedGrain>(0), reads, caller.Name.Value, async (feed, query) => Array.ConvertAll(await feed.Conflicts(query), ConflictRow.Of), loggers.CreateLogger(typeof(FeedApi))));

    /// <summary>Count up a sale</summary>
    /// <remarks>
    /// For its seller, by the ledger: `amount` = `owners` + `held` + `left`, and `owners` = `claimed` − `returned`. `queued` claims are won and not
    /// recorded yet, so that they still count as left; `settled` says that nothing is on its way and both stores agree. `refusals` are
    /// counted by gateways and lost with them, so they may be too few.
    /// </remarks>
    /// <response code="200">The report.</response>
    /// <response code="400">The path or the query cannot be read.</response>
    /// <response code="403">Not the coupon's seller.</response>
    /// <response code="404">No such coupon.</response>
    internal static async Task<IResult> ReportAsync(HttpRequest request, Caller caller, PathNames path, IGrainFactory grains, LedgerReads reads)
    {
        if (SaleApi.FindRefusal(caller, path, _notTheSeller, out var coupon) is { } refusal)
            return refusal;
        if (request.Query.Count > 0)
            return FeedParameters.Unknown;
        return await reads.RunAsync(caller.Name.Value, () => grains.GetGrain<IFeedGrain>(0).Report(coupon), request.HttpContext.RequestAborted) is { } report ? TypedResults.Ok(ReportAnswer.Of(report)) : SaleApi.NoSuchCoupon;
    }

    private static async Task AnswerAsync<T>(HttpContext context, Caller caller, PathNames path, bool takesCustomer, ExportLimit limit, Source<T> source) where T : struct, IFeedRow
    {
        if (SaleApi.FindRefusal(caller, path, _notTheSeller, out var coupon) is { } refusal)
            await refusal.ExecuteAsync(context);
        else if (!FeedParameters.TryRead(context.Request.Query, takesCustomer, out var parameters, out var wrong))
            await wrong.ExecuteAsync(context);
        else if (Accepted.Best(context.Request, MediaTypeNames.Application.Json, CsvType, NdjsonType) is not { } type)
            await _notAcceptable.ExecuteAsync(context);
        else if (await source.OpenAsync(coupon, context.RequestAborted) is not { } head)
            await SaleApi.NoSuchCoupon.ExecuteAsync(context);
        else if (type == MediaTypeNames.Application.Json)
            await AnswerPageAsync(context, head, parameters, source);
        else if (limit.Begin(caller.Name.Value) is not { } lease)
            await ExportLimit.Refusal.ExecuteAsync(context);
        else
        {
            using (lease)
                await ExportAsync(context, head, parameters, type, source);
        }
    }

    private static async Task AnswerPageAsync<T>(HttpContext context, FeedHead head, FeedParameters parameters, Source<T> source) where T : struct, IFeedRow
    {
        var limit = parameters.Limit ?? FeedQuery.MaxCount;
        var rows = await source.ReadAsync(new FeedQuery(head.Feed, parameters.After, limit, parameters.Customer), context.RequestAborted);
        var answer = new FeedAnswer<T>("", rows, rows.Length < limit ? null : rows[^1].Number, head.Queued);
        Reply.WriteJson(context.Response, StatusCodes.Status200OK, JsonSerializer.SerializeToUtf8Bytes(answer, AnswerJson.Options));
    }

    private static async Task ExportAsync<T>(HttpContext context, FeedHead head, FeedParameters parameters, string type, Source<T> source) where T : struct, IFeedRow
    {
        using var export = FeedExport<T>.In(type);
        var response = context.Response;
        response.ContentType = export.ContentType;
        // nginx would take the whole export, and so hide how fast the client is.
        response.Headers["X-Accel-Buffering"] = "no";
        if (context.WantsHeadersOnly())
            return;
        var result = ExportResult.Failed;
        try
        {
            result = await SendAsync(context, head, parameters, source, export) ? ExportResult.Complete : ExportResult.Aborted;
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            result = ExportResult.Aborted;
            throw;
        }
        finally
        {
            GatewayMetrics.Exports.Add(result);
        }
    }

    /// <returns>False if the client is gone.</returns>
    private static async Task<bool> SendAsync<T>(HttpContext context, FeedHead head, FeedParameters parameters, Source<T> source, FeedExport<T> export) where T : struct, IFeedRow
    {
        var (after, rest) = (parameters.After, (long)(parameters.Limit ?? int.MaxValue));
        while (true)
        {
            var count = (int)Math.Min(rest, FeedQuery.MaxCount);
            var rows = await source.ReadSurelyAsync(new FeedQuery(head.Feed, after, count, parameters.Customer), context.RequestAborted);
            Array.ForEach(rows, export.Add);
            GatewayMetrics.ExportedRows.Add(rows.Length);
            (after, rest) = (rows.Length > 0 ? rows[^1].Number : after, parameters.Limit is null ? rest : rest - rows.Length);
            if (rows.Length < count || rest == 0)
                return await export.EndAsync(context.Response, rows.Length < count ? null : after, head.Queued);
            if (!await export.SendAsync(context.Response))
                return false;
        }
    }

    /// <summary>Where rows come from.</summary>
    private sealed partial class Source<T>(IFeedGrain feed, LedgerReads reads, string caller, Func<IFeedGrain, FeedQuery, Task<T[]>> read, ILogger logger) where T : struct, IFeedRow
    {
        private const int Attempts = 5;

        private static readonly TimeSpan _pause = TimeSpan.FromSeconds(1);

        public Task<FeedHead?> OpenAsync(CouponId coupon, CancellationToken cancellation) => reads.RunAsync(caller, () => feed.Open(coupon), cancellation);

        public Task<T[]> ReadAsync(FeedQuery query, CancellationToken cancellation) => reads.RunAsync(caller, () => read(feed, query), cancellation);

        /// <summary>As <see cref="ReadAsync"/>, but passes over a moment's trouble: an export may take minutes, in which a silo is replaced.</summary>
        public async Task<T[]> ReadSurelyAsync(FeedQuery query, CancellationToken cancellation)
        {
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    return await ReadAsync(query, cancellation);
                }
                catch (Exception fault) when (attempt < Attempts && fault is UnavailableException or TimeoutException or OrleansException)
                {
                    LogRetried(logger, fault);
                    await Task.Delay(_pause, cancellation);
                }
            }
        }

        [LoggerMessage(EventIds.ExportRetried, LogLevel.Warning, "A page of an export could not be read; trying again.")]
        private static partial void LogRetried(ILogger logger, Exception fault);
    }
}
