using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.FileProviders;

namespace SecKill.Gateway.Page;

/// <summary>
/// The sale page at <c>/</c>: the files in <c>Page/Web</c>. Browsers revalidate them at each visit (mostly 304), so that a new version shows
/// at once.
/// </summary>
internal static class SalePage
{
    // No inline script, nothing from other sites, no framing, and no HTML from strings.
    private const string ContentPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; manifest-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

    public static void UseSalePage(this WebApplication app)
    {
        // For what is printed, or typed into a phone.
        app.Use((context, next) =>
        {
            if (!context.Request.Path.Equals("/till", StringComparison.OrdinalIgnoreCase))
                return next(context);
            context.Response.Redirect("/#/till");
            return Task.CompletedTask;
        });
        var files = new PhysicalFileProvider(Path.Combine(AppContext.BaseDirectory, "Page", "Web"));
        app.UseDefaultFiles(new DefaultFilesOptions { FileProvider = files });
        app.UseStaticFiles(new StaticFileOptions { FileProvider = files, OnPrepareResponse = Guard });
    }

    private static void Guard(StaticFileResponseContext file)
    {
        var headers = file.Context.Response.Headers;
        headers.CacheControl = "no-cache";
        headers.ContentSecurityPolicy = ContentPolicy;
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()";
    }
}
