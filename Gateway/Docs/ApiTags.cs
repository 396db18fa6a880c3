using Microsoft.OpenApi;

namespace SecKill.Gateway.Docs;

/// <summary>The groups of routes in the API's document, in the order in which they are shown.</summary>
internal static class ApiTags
{
    public const string Users = "Users";
    public const string Sessions = "Sessions";
    public const string Coupons = "Coupons";
    public const string Live = "Live";
    public const string Health = "Health";
    public const string Operators = "Operators";

    /// <summary>All of them, described.</summary>
    public static IReadOnlyList<OpenApiTag> All { get; } =
    [
        new() { Name = Users, Description = "Registration of customers and sellers." },
        new() { Name = Sessions, Description = "Log in and log out." },
        new() { Name = Coupons, Description = "Sellers create coupons, customers claim them, both list them." },
        new() { Name = Live, Description = "A sale as it goes on, by server-sent events." },
        new() { Name = Health, Description = "For balancers and orchestrators. A silo has the same routes on its own port." },
        new() { Name = Operators, Description = "Only where the setting `Admin:Key` is set. Not for the world: keep a proxy from passing them." },
    ];
}
