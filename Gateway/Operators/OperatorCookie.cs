using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;

namespace SecKill.Gateway.Operators;

/// <summary>The cookie of a logged-in operator, valid for the dashboard only, at every gateway with the same key.</summary>
internal static class OperatorCookie
{
    private const string Scheme = "operator";

    // From the log-in. It does not slide: a page that is left open polls, and its cookie would never expire.
    private static readonly TimeSpan _lifetime = TimeSpan.FromHours(8);

    private static readonly Reply _noCookie = Reply.Unauthorized("Log in to the dashboard first.");

    /// <summary>Requires the cookie.</summary>
    public static AuthorizationPolicy Policy { get; } = new AuthorizationPolicyBuilder(Scheme).RequireAuthenticatedUser().Build();

    public static void AddOperatorCookie(this IServiceCollection services) => services.AddAuthentication().AddCookie(Scheme, options =>
    {
        options.ExpireTimeSpan = _lifetime;
        options.SlidingExpiration = false;
        options.Cookie.Name = "seckill-operator";
        options.Cookie.Path = DashboardRoutes.Path;
        options.Cookie.HttpOnly = true;
        options.Cookie.SameSite = SameSiteMode.Strict;
        // A forwarded port has no TLS, and needs none; a cookie that was given under TLS stays there.
        options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        options.Events.OnRedirectToLogin = AskToLogInAsync;
        options.Events.OnRedirectToAccessDenied = AskToLogInAsync;
    });

    public static Task SignInAsync(HttpContext context) =>
        context.SignInAsync(Scheme, new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Name, Scheme)], Scheme)));

    public static Task SignOutAsync(HttpContext context) => context.SignOutAsync(Scheme);

    /// <summary>Shows a browser the log-in page, and answers a script 401.</summary>
    private static Task AskToLogInAsync(RedirectContext<CookieAuthenticationOptions> context)
    {
        var accepted = context.Request.GetTypedHeaders().Accept;
        if (!accepted.Any(type => type.MatchesMediaType("text/html") && type.MediaType != "*/*"))
            return _noCookie.ExecuteAsync(context.HttpContext);
        context.Response.Redirect(LogInPage.Path);
        return Task.CompletedTask;
    }
}
