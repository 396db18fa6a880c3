using System.Net.Mime;
using Microsoft.AspNetCore.Http.Features;
using SecKill.Gateway.Page;

namespace SecKill.Gateway.Live;

/// <summary>Subscribe to a sale, or to all of them: server-sent events, or one snapshot as JSON. See docs/guide/live.md.</summary>
internal static class LiveApi
{
    private static readonly Reply _noSuchCoupon = Reply.With(StatusCodes.Status404NotFound, "No such coupon.");
    private static readonly Reply _tooManyHere = Reply.TooMany("This address watches too much at once. Try again.");
    private static readonly Reply _full = Reply.Unavailable("Nobody more can watch here. Try again.");
    private static readonly Reply _notRead = Reply.Unavailable("It cannot be read at the moment. Try again.");

    /// <summary>Adds what the routes need, unless they are disabled.</summary>
    /// <exception cref="ConfigurationException">A setting is wrong.</exception>
    public static void AddLive(this WebApplicationBuilder builder)
    {
        if (!builder.Configuration.Read<LiveOptions>().Enabled)
            return;
        builder.Services.AddSingleton<LivePace>();
        builder.Services.AddSingleton<LiveFeeds>();
        builder.Services.AddHostedService<OutcomeReports>();
    }

    /// <summary>Serves the page, unless it is disabled; before routing.</summary>
    public static void UseLivePage(this WebApplication app)
    {
        if (IsEnabled(app))
            app.UseSalePage();
    }

    /// <summary>Maps the routes, unless they are disabled. They need no token.</summary>
    public static void MapLive(this WebApplication app)
    {
        if (!IsEnabled(app))
            return;
        var live = app.MapGroup("/api/live").WithTags(ApiOverview.Live).Answers(_tooManyHere, _full, _notRead);
        live.MapGet("", WatchAllAsync).WithName("watchAll").Answers(LiveSamples.Board).WithMetadata(LiveSamples.Board.AsStream());
        live.MapGet("{seller}/{coupon}", WatchSaleAsync).WithName("watchSale").Answers(LiveSamples.Sale, PathNames.Refusal, _noSuchCoupon).WithMetadata(LiveSamples.Sale.AsStream())
            .Takes(RouteParameter.User("seller", "The seller's name."), RouteParameter.Coupon("The coupon's name."));
    }

    /// <summary>Watch all sales</summary>
    /// <remarks>
    /// The busiest sales, claims a second over all, and how many silos there are.
    /// With `Accept: application/json` it is one snapshot as JSON. Otherwise server-sent events, each with a snapshot as its data, one a second or, where
    /// very many watch, fewer; `event: alive`, without data, if nothing changed; `event: trouble` while it cannot be read. The stream does not end by itself.
    /// </remarks>
    /// <response code="200">A snapshot, or the stream of them.</response>
    /// <response code="429">This client address has as many streams, or watches as many sales, as one may.</response>
    internal static Task WatchAllAsync(HttpContext context, LiveFeeds feeds) => AnswerAsync(context, feeds, null);

    /// <summary>Watch a sale</summary>
    /// <remarks>
    /// One coupon as it is sold.
    /// With `Accept: application/json` it is one snapshot as JSON. Otherwise server-sent events, each with a snapshot as its data, one a second or, where
    /// very many watch, fewer; `event: alive`, without data, if nothing changed; `event: trouble` while it cannot be read. The stream does not end by itself.
    /// </remarks>
    /// <response code="200">A snapshot, or the stream of them.</response>
    /// <response code="404">No such coupon.</response>
    /// <response code="429">This client address has as many streams, or watches as many sales, as one may.</response>
    internal static Task WatchSaleAsync(HttpContext context, LiveFeeds feeds)
    {
        // "", "api", "live", seller, coupon
        var names = PathNames.Segments(context, least: 5);
        return CouponId.TryParse(names[3], names[4], out var coupon) ? AnswerAsync(context, feeds, coupon) : _noSuchCoupon.ExecuteAsync(context);
    }

    private static bool IsEnabled(WebApplication app) => app.Services.GetRequiredService<IOptions<LiveOptions>>().Value.Enabled;

    private static async Task AnswerAsync(HttpContext context, LiveFeeds feeds, CouponId? coupon)
    {
        var (address, subscriber) = (ClientAddress.BucketOf(context.Connection.RemoteIpAddress), new Subscriber());
        if (feeds.Join(coupon, subscriber, address, out var place) is not { } feed)
        {
            await RefuseAsync(context, place);
            return;
        }
        try
        {
            if (!await feed.Exists)
                await _noSuchCoupon.ExecuteAsync(context);
            else if (LiveFormat.WantsOneSnapshot(context.Request))
                await AnswerOnceAsync(context, subscriber);
            else
                await StreamAsync(context, subscriber);
        }
        finally
        {
            feeds.Leave(feed, subscriber, address);
        }
    }

    private static Task RefuseAsync(HttpContext context, LivePlace place)
    {
        GatewayMetrics.Rejected.Add(GatewayLimit.Watchers);
        if (place == LivePlace.AllTaken)
            return _full.ExecuteAsync(context);
        context.RequestServices.GetRequiredService<ProxyHint>().Consider(context);
        return _tooManyHere.ExecuteAsync(context);
    }

    private static async Task AnswerOnceAsync(HttpContext context, Subscriber subscriber)
    {
        if (await subscriber.Events.WaitToReadAsync(context.RequestAborted) && subscriber.Events.TryRead(out var item) && item.IsSnapshot)
            Reply.WriteJson(context.Response, StatusCodes.Status200OK, item.Data);
        else
            await _notRead.ExecuteAsync(context);
    }

    private static async Task StreamAsync(HttpContext context, Subscriber subscriber)
    {
        var response = context.Response;
        response.ContentType = MediaTypeNames.Text.EventStream;
        // nginx would buffer the stream.
        response.Headers["X-Accel-Buffering"] = "no";
        if (context.WantsHeadersOnly())
            return;
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        await using var aborted = context.RequestAborted.UnsafeRegister(static subscriber => ((Subscriber)subscriber!).End(), subscriber);
        await response.BodyWriter.WriteAsync(LiveEvent.Greeting(), CancellationToken.None);
        await foreach (var item in subscriber.Events.ReadAllAsync(CancellationToken.None))
        {
            // SlowReaders closes the connection of a subscriber that takes nothing.
            if ((await response.BodyWriter.WriteAsync(item.Bytes, CancellationToken.None)).IsCompleted)
                return;
        }
    }
}
