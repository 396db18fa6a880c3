using SecKill.Gateway.Docs;
using SecKill.Gateway.Docs.Routes;
using SecKill.Gateway.Http;
using SecKill.Gateway.Limits;
using SecKill.Gateway.Telemetry;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Users;

namespace SecKill.Gateway.Accounts;

/// <summary>Registration.</summary>
internal static class UsersApi
{
    /// <summary>Maps the route.</summary>
    public static void MapUsers(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/api/users", RegisterAsync).WithAccountLimit().WithDoc(AccountDocs.Register);

    /// <summary>Says why no account can have this name, or null where one can.</summary>
    public static string? FindUserNameFault(string username) =>
        NameRules.FindNameFault("User name", username, NameRules.MaxUserNameLength);

    private static async Task<IResult> RegisterAsync(HttpContext context, IGrainFactory grains)
    {
        if (await JsonBody.ReadObjectAsync(context.Request) is not { } body
            || !body.TryGetText("username", out var username)
            || !body.TryGetText("password", out var password)
            || !body.TryGetText("kind", out var word))
        {
            return Reply.BadRequest(JsonBody.Refusal);
        }
        if (string.IsNullOrEmpty(username))
            return Reply.BadRequest("User name too short.");
        if (NameRules.FindNewNameFault("User name", username, NameRules.MaxUserNameLength) is { } fault)
            return Reply.BadRequest(fault);
        if (string.IsNullOrEmpty(password))
            return Reply.BadRequest("Password too short.");
        if (NameRules.FindNewPasswordFault(password) is { } passwordFault)
            return Reply.BadRequest(passwordFault);
        if (string.IsNullOrEmpty(word))
            return Reply.BadRequest("Empty field of kind.");
        if (!KindWords.TryParse(word, out var kind))
            return Reply.BadRequest($"Unexpected value of kind, {word}");

        var outcome = await grains.GetGrain<IUserGrain>(UserKey.Of(username)).Register(password, kind);
        GatewayMetrics.Registrations.Add(outcome);
        return outcome == RegisterOutcome.Registered
            ? Reply.With(StatusCodes.Status201Created)
            : Reply.BadRequest("Insert user failed. Maybe user name duplicates.");
    }
}
