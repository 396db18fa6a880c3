using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;
using SecKill.Gateway.Http;

namespace SecKill.Gateway.Operators;

/// <summary>The cookie of an operator who has logged in, good for the dashboard and nothing else, at every gateway that has the same key.</summary>
internal static class OperatorCookie
{
    /// <summary>The authentication scheme.</summary>
    public const string Scheme = "operator";

    /// <summary>
    /// How long it is good, from the log-in. It does not slide: a window that is left open asks every second, and would never end.
    /// </summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(8);

    /// <summary>Adds the scheme. Before JwtBearer is added, which takes out what comes along with both.</summary>
    public static void AddOperatorCookie(this IServiceCollection services)
    {
        services.AddAuthentication().AddCookie(Scheme);
        services.AddOptions<CookieAuthenticationOptions>(Scheme).Configure<IOptions<AdminOptions>>((cookie, admin) => Configure(cookie, admin.Value.Key));
    }

    /// <summary>Derives the cookie's key now, and not in the first request that shows a cookie: its thread would be a socket's.</summary>
    public static void Prepare(IServiceProvider services) => services.GetRequiredService<IOptionsMonitor<CookieAuthenticationOptions>>().Get(Scheme);

    /// <summary>Who has it.</summary>
    public static AuthorizationPolicy Policy { get; } = new AuthorizationPolicyBuilder(Scheme).RequireAuthenticatedUser().Build();

    /// <summary>Gives it.</summary>
    public static Task GiveAsync(HttpContext context) =>
        context.SignInAsync(Scheme, new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Name, Scheme)], Scheme)));

    /// <summary>Takes it back.</summary>
    public static Task TakeAsync(HttpContext context) => context.SignOutAsync(Scheme);

    private static void Configure(CookieAuthenticationOptions options, string key)
    {
        options.TicketDataFormat = new TicketDataFormat(TicketProtector.FromKey(key));
        options.ExpireTimeSpan = Lifetime;
        options.SlidingExpiration = false;
        options.Cookie.Name = "seckill-operator";
        options.Cookie.Path = DashboardRoutes.Path;
        options.Cookie.HttpOnly = true;
        options.Cookie.SameSite = SameSiteMode.Strict;
        // Behind a forwarded port there is no TLS, and none is needed; where there is, the cookie stays within it.
        options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        options.Events.OnRedirectToLogin = AskToLogInAsync;
        options.Events.OnRedirectToAccessDenied = AskToLogInAsync;
    }

    /// <summary>A person is shown the log-in page; a script is told 401.</summary>
    private static Task AskToLogInAsync(RedirectContext<CookieAuthenticationOptions> context)
    {
        var accepted = context.Request.GetTypedHeaders().Accept;
        if (!accepted.Any(type => type.MatchesMediaType("text/html") && type.MediaType != "*/*"))
            return Reply.Unauthorized("Log in to the dashboard first.").ExecuteAsync(context.HttpContext);
        context.Response.Redirect(LogInPage.Path);
        return Task.CompletedTask;
    }
}
