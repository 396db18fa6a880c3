using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace SecKill.Gateway.Docs;

/// <summary>What the OpenAPI document says of the API as a whole.</summary>
internal static class ApiOverview
{
    public const string Token = "token";
    public const string AdminKey = "adminKey";

    public const string Users = "Users";
    public const string Sessions = "Sessions";
    public const string Coupons = "Coupons";
    public const string Tills = "Tills";
    public const string Live = "Live";
    public const string Health = "Health";
    public const string Operators = "Operators";

    /// <summary>Raised when something is added; nothing else changes.</summary>
    private const string Version = "1.3.0";

    public static IReadOnlyDictionary<string, IOpenApiSecurityScheme> Schemes { get; } = new Dictionary<string, IOpenApiSecurityScheme>
    {
        [Token] = new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "bearer",
            BearerFormat = "JWT",
            Description = "The header `Authorization` of the answer to a log-in, sent back bare or after `Bearer `. It is good for one hour unless configured otherwise.",
        },
        [AdminKey] = new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "bearer",
            Description = "The setting `Admin:Key` of the gateway. It is no token, and a token is not it.",
        },
    };

    // In the order in which they are shown.
    private static readonly OpenApiTag[] _tags =
    [
        new() { Name = Users, Description = "Registration of customers and sellers." },
        new() { Name = Sessions, Description = "Log in and log out." },
        new() { Name = Coupons, Description = "Sellers create coupons, change them while they sell, and read who claimed; customers claim them; both list them." },
        new() { Name = Tills, Description = "Customers read the receipts of their units; a seller's tills redeem them, and verify them while offline." },
        new() { Name = Live, Description = "A sale as it goes on, by server-sent events." },
        new() { Name = Health, Description = "For balancers and orchestrators. A silo has the same routes on its own port." },
        new() { Name = Operators, Description = "Only where the setting `Admin:Key` is set. Not for the world: keep a proxy from passing them." },
    ];

    private static OpenApiInfo Info => new()
    {
        Title = "SecKill",
        Version = Version,
        License = new OpenApiLicense { Name = "MIT", Identifier = "MIT" },
        Description = """
            Flash sales: sellers publish coupons with a limited number of units, and each customer may claim one unit of each.

            **Answers.** Every JSON answer carries `errMsg`, empty on success. Bodies are JSON in UTF-8. A route answers with and
            without a slash at its end. Unknown routes are 404 `No such route.`, other methods 405 `Method not allowed.`; a request that
            cannot be read is 400, 408, 413, 414 or 431, with `errMsg` if the server understands the request so far.

            **Trying again.** 503 means that it is not known whether the request took effect: it may be sent again after
            `Retry-After` seconds, and a claim that had succeeded then answers `already-claimed`. 429 means that nothing was done.

            **Names in paths** are percent-encoded UTF-8. A coupon is identified by its seller *and* its name.

            **Freshness.** A list that is requested after a claim was answered shows that claim, at every gateway.

            **Times** are whole milliseconds: `…At` since 1970 (UTC), `…In` from now. A sale begins and ends by the clock of the server that
            decides about claims: count down by `startsIn` or the header `Claim-Starts-In`, not by the client's clock.

            **A claim that wins nothing** is 204 without a body; the header `Claim-Result` tells why. With `not-started` and `paused` comes
            `Retry-After`, in whole seconds.

            **Changes that are safe to send again.** Creation and all changes take `Idempotency-Key`, 1 to 64 visible ASCII characters that the
            caller uses for nothing else. The same key and content take effect once, however often they are sent: each answer has the status of
            the first, and the coupon as it is now. Other content is 422. Keys are kept as long as the coupon.

            **Changes of what was read.** `version` counts the changes of a coupon's terms and is its `ETag`. With that as `If-Match` a change is
            made only if the coupon still has this version, else it is 412; without it, whatever was changed meanwhile. What is as asked already
            is 200, whatever `If-Match` says. A 409 tells why in the header `Change-Result` and in `errMsg`.

            **New in 1.3**: returns, waiting lists, receipts and the keys that they are signed with, redemptions by a seller's tills; `returns`,
            `returnUntil`, `waitlist` and `redeemUntil` at a coupon's creation. What uses none of it is answered as in 1.2; a claim may also hear
            `returned` and `waiting`.

            **New in 1.2**: windows, changes of a running sale and their record, claims, events and report, the search among a seller's coupons,
            `Idempotency-Key`, operators' stops and their view of a customer. What uses none of it is answered as in 1.1; a claim may also hear
            `not-started`, `ended` and `paused`.
            """,
    };

    public static Task TransformAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellation)
    {
        var operations = document.Paths.SelectMany(path => path.Value.Operations!.Values).ToArray();
        var tags = operations.SelectMany(operation => operation.Tags ?? new HashSet<OpenApiTagReference>()).Select(tag => tag.Name).ToHashSet();
        ApiSchemas.RemoveNulls(document);
        document.Info = Info;
        document.Servers = [new OpenApiServer { Url = "/", Description = "The gateway that this document was read from." }];
        document.Tags = _tags.Where(tag => tags.Contains(tag.Name)).ToHashSet();
        foreach (var (name, scheme) in Schemes.Where(scheme => scheme.Key == Token || tags.Contains(Operators)))
            document.AddComponent(name, scheme);
        // The framework's order is that of the mappings.
        var paths = document.Paths.OrderBy(path => path.Key, StringComparer.Ordinal).ToArray();
        document.Paths = [];
        foreach (var (path, item) in paths)
            document.Paths.Add(path, item);
        return Task.CompletedTask;
    }
}
