using SecKill.Gateway.Auth;
using SecKill.Gateway.Http;
using SecKill.Gateway.Limits;
using SecKill.Gateway.OpenApi;
using SecKill.Gateway.OpenApi.Routes;
using SecKill.Gateway.Telemetry;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Users;

namespace SecKill.Gateway.Users;

/// <summary>Registration.</summary>
internal static class UsersApi
{
    /// <summary>Maps the route.</summary>
    public static void MapUsers(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/api/users", RegisterAsync).WithAccountLimit().WithDoc(AccountDocs.Register);

    private static async Task<IResult> RegisterAsync(HttpContext context, IGrainFactory grains)
    {
        if (await JsonBody.ReadObjectAsync(context.Request) is not { } body
            || !body.TryGetText("username", out var username)
            || !body.TryGetText("password", out var password)
            || !body.TryGetText("kind", out var word))
        {
            return Reply.BadRequest(JsonBody.Refusal);
        }
        if (!UserName.TryParseNewName(username, out var name, out var fault))
            return Reply.BadRequest(fault);
        if (string.IsNullOrEmpty(password))
            return Reply.BadRequest("Password too short.");
        if (NameRules.FindNewPasswordFault(password) is { } passwordFault)
            return Reply.BadRequest(passwordFault);
        if (string.IsNullOrEmpty(word))
            return Reply.BadRequest("Empty field of kind.");
        if (!KindWords.TryParse(word, out var kind))
            return Reply.BadRequest($"Unexpected value of kind, {word}");

        var outcome = await grains.GetGrain<IUserGrain>(name.Key).Register(password, kind);
        GatewayMetrics.Registrations.Add(outcome);
        return outcome == RegisterOutcome.Registered
            ? Reply.With(StatusCodes.Status201Created)
            : Reply.BadRequest("Insert user failed. Maybe user name duplicates.");
    }
}
