using Microsoft.OpenApi;

namespace SecKill.Gateway.Docs;

/// <summary>What the API's document says of the API as a whole.</summary>
internal static class ApiOverview
{
    /// <summary>Raised when something is added; what is there does not change.</summary>
    private const string Version = "1.1.0";

    public static OpenApiInfo Info => new()
    {
        Title = "SecKill",
        Version = Version,
        License = new OpenApiLicense { Name = "MIT", Identifier = "MIT" },
        Description = """
            Flash sales: sellers publish coupons with a limited number of pieces, and each customer may claim one of each.

            **Answers.** Every JSON answer carries `errMsg`, empty on success. Bodies are JSON in UTF-8. A route answers with and
            without a slash at its end. What no route takes is 404 `No such route.` or 405 `Method not allowed.`; a request that
            cannot be read is 400, 408, 413, 414 or 431, with `errMsg` wherever the server still understands who asks.

            **Trying again.** 503 means that it is not known whether the request took effect: it may be sent again after
            `Retry-After` seconds, and a claim that had been won then answers `already-claimed`. 429 means that nothing was done.

            **Names in paths** are percent-encoded UTF-8. A coupon is known by its seller *and* its name.

            **Freshness.** A list that is asked for after a claim was answered shows that claim, whichever gateway answers.
            """,
    };

    public static IOpenApiSecurityScheme TokenScheme => new OpenApiSecurityScheme
    {
        Type = SecuritySchemeType.Http,
        Scheme = "bearer",
        BearerFormat = "JWT",
        Description = "What a log-in has answered in its header `Authorization`. It may be sent back bare or after `Bearer `, and lives one hour unless configured otherwise.",
    };

    public static IOpenApiSecurityScheme AdminKeyScheme => new OpenApiSecurityScheme
    {
        Type = SecuritySchemeType.Http,
        Scheme = "bearer",
        Description = "The setting `Admin:Key` of the gateway. It is no token, and a token is not it.",
    };
}
