using System.Reflection;
using System.Security.Claims;
using Microsoft.AspNetCore.Http.Metadata;

namespace SecKill.Gateway.Accounts;

/// <summary>The user of a valid token.</summary>
internal readonly record struct Caller(UserName Name, UserKind Kind) : IEndpointParameterMetadataProvider
{
    /// <summary>The token's claim that holds the user name.</summary>
    public const string NameClaim = "username";

    /// <summary>The token's claim that holds the kind, in the contract's words.</summary>
    public const string KindClaim = "kind";

    /// <summary>Bound by minimal APIs for a parameter of this type, behind authorization.</summary>
    public static ValueTask<Caller> BindAsync(HttpContext context) =>
        TryRead(context.User, out var caller)
            ? ValueTask.FromResult(caller)
            : throw new InvalidOperationException("This endpoint must require authorization.");

    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder)
    {
        builder.Metadata.Add(new Credential(ApiOverview.Token));
        foreach (var refusal in TokenCheck.Refusals)
            builder.Metadata.Add(refusal);
    }

    /// <summary>Reads a caller; a token with a name or kind that no account can have is invalid.</summary>
    public static bool TryRead(ClaimsPrincipal principal, out Caller caller)
    {
        caller = default;
        if (principal.FindFirst(NameClaim) is not { ValueType: ClaimValueTypes.String, Value: var text }
            || !UserName.TryParse(text, out var name)
            || !KindWords.TryParse(principal.FindFirstValue(KindClaim) ?? "", out var kind))
        {
            return false;
        }
        caller = new Caller(name, kind);
        return true;
    }
}

/// <summary>The contract's words for kinds of users.</summary>
internal static class KindWords
{
    public static string Of(UserKind kind) => kind == UserKind.Customer ? "customer" : "saler";

    public static bool TryParse(string word, out UserKind kind)
    {
        kind = word == "saler" ? UserKind.Seller : UserKind.Customer;
        return word is "customer" or "saler";
    }
}
