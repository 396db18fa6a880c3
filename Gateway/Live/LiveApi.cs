using System.Globalization;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using SecKill.Gateway.Http;
using SecKill.Gateway.Limits;
using SecKill.Gateway.OpenApi;
using SecKill.Gateway.OpenApi.Routes;
using SecKill.Gateway.Page;
using SecKill.Gateway.Telemetry;
using SecKill.Gateway.Users;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Coupons;
using SecKill.ServiceDefaults.Configuration;

namespace SecKill.Gateway.Live;

/// <summary>Watch a sale, or all of them: server-sent events, or one reading as JSON. See docs/live.md.</summary>
internal static class LiveApi
{
    /// <summary>The text of a 429.</summary>
    public const string TooManyHere = "This address watches too much at once. Try again.";

    /// <summary>Adds what the routes need, unless they are turned off.</summary>
    /// <exception cref="ConfigurationException">A setting is wrong.</exception>
    public static void AddLive(this WebApplicationBuilder builder)
    {
        builder.Services.AddSettings<LiveOptions>(builder.Configuration, LiveOptions.Section);
        if (!builder.Configuration.Read<LiveOptions>(LiveOptions.Section).Enabled)
            return;
        builder.Services.AddSingleton<LivePace>();
        builder.Services.AddSingleton<LiveFeeds>();
        builder.Services.AddHostedService<ClaimReports>();
    }

    /// <summary>Shows the page, unless it is turned off; before routing.</summary>
    public static void UseLivePage(this WebApplication app)
    {
        if (IsEnabled(app))
            app.UseSalePage();
    }

    /// <summary>Maps the routes, unless they are turned off. Open to everybody.</summary>
    public static void MapLive(this WebApplication app)
    {
        if (!IsEnabled(app))
            return;
        app.MapGet("/api/live", (HttpContext context, LiveFeeds feeds) => AnswerAsync(context, feeds, null)).WithDoc(LiveDocs.Board);
        app.MapGet("/api/live/{seller}/{coupon}", (HttpContext context, LiveFeeds feeds) =>
        {
            // "", "api", "live", seller, coupon
            var names = PathNames.Segments(context, least: 5);
            return UsersApi.FindUserNameFault(names[3]) is null && NameRules.FindNameFault("Coupon name", names[4], NameRules.MaxCouponTextLength) is null
                ? AnswerAsync(context, feeds, new CouponId(names[3], names[4]))
                : NoSuchCouponAsync(context);
        }).WithDoc(LiveDocs.Sale);
    }

    private static bool IsEnabled(WebApplication app) => app.Services.GetRequiredService<IOptions<LiveOptions>>().Value.Enabled;

    private static async Task AnswerAsync(HttpContext context, LiveFeeds feeds, CouponId? coupon)
    {
        var address = ClientAddress.BucketOf(context.Connection.RemoteIpAddress);
        if (feeds.Enter(address) is not LivePlace.Taken and var full)
        {
            await RefuseAsync(context, full);
            return;
        }
        var watcher = new LiveWatcher();
        LiveFeed? feed = null;
        try
        {
            if (feeds.Join(coupon, watcher, address, out feed) is not LivePlace.Taken and var refused)
                await RefuseAsync(context, refused);
            else if (!await feed!.Exists)
                await NoSuchCouponAsync(context);
            else if (LiveFormat.WantsOneReading(context.Request))
                await AnswerOnceAsync(context, watcher);
            else
                await StreamAsync(context, watcher);
        }
        finally
        {
            feed?.Leave(watcher);
            feeds.Leave(address);
        }
    }

    private static Task RefuseAsync(HttpContext context, LivePlace place)
    {
        GatewayMetrics.Rejected.Add(GatewayLimit.Watchers);
        if (place == LivePlace.AllTaken)
            return Faults.Unavailable(context, "Nobody more can watch here. Try again.").ExecuteAsync(context);
        context.RequestServices.GetRequiredService<ProxyHint>().Consider(context);
        context.Response.Headers.RetryAfter = Faults.RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
        return Reply.With(StatusCodes.Status429TooManyRequests, TooManyHere).ExecuteAsync(context);
    }

    private static Task NoSuchCouponAsync(HttpContext context) => Reply.With(StatusCodes.Status404NotFound, "No such coupon.").ExecuteAsync(context);

    private static async Task AnswerOnceAsync(HttpContext context, LiveWatcher watcher)
    {
        if (await watcher.Readings.WaitToReadAsync(context.RequestAborted) && watcher.Readings.TryRead(out var reading) && reading.Json is { } json)
            RawJson.Write(context.Response, StatusCodes.Status200OK, json);
        else
            await Faults.Unavailable(context, "It cannot be read at the moment. Try again.").ExecuteAsync(context);
    }

    private static async Task StreamAsync(HttpContext context, LiveWatcher watcher)
    {
        var response = context.Response;
        response.ContentType = LiveFormat.EventStream;
        // nginx would collect what it is sent.
        response.Headers["X-Accel-Buffering"] = "no";
        if (context.WantsHeadersOnly())
            return;
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        await using var gone = context.RequestAborted.UnsafeRegister(static watcher => ((LiveWatcher)watcher!).End(), watcher);
        await response.BodyWriter.WriteAsync(LiveReading.Greeting());
        while (await watcher.Readings.WaitToReadAsync())
        {
            // One that does not take what it is sent is cut off by the server: ConnectionLimits.
            if (watcher.Readings.TryRead(out var reading) && (await response.BodyWriter.WriteAsync(reading.Event)).IsCompleted)
                return;
        }
    }
}
