using SecKill.Gateway.Http;
using SecKill.Gateway.Limits;
using SecKill.Gateway.OpenApi;
using SecKill.Gateway.OpenApi.Routes;
using SecKill.Gateway.Telemetry;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Users;

namespace SecKill.Gateway.Auth;

/// <summary>Log in and log out.</summary>
internal static class AuthApi
{
    /// <summary>Maps the routes.</summary>
    public static void MapAuth(this IEndpointRouteBuilder routes)
    {
        var auth = routes.MapGroup("/api/auth");
        auth.MapPost("", LogInAsync).WithAccountLimit().WithDoc(AccountDocs.LogIn);
        auth.MapPost("logout", LogOutAsync).WithDoc(AccountDocs.LogOut);
    }

    private static async Task<IResult> LogInAsync(HttpContext context, IGrainFactory grains, TokenIssuer tokens)
    {
        if (await JsonBody.ReadObjectAsync(context.Request) is not { } body
            || !body.TryGetText("username", out var username) || username is null
            || !body.TryGetText("password", out var password) || password is null)
        {
            return Reply.LogIn(StatusCodes.Status400BadRequest, "", JsonBody.Refusal);
        }
        // A name that cannot be registered needs no look-up; its grain key might not even be possible.
        var reply = UserName.TryParse(username, out var name)
            ? await grains.GetGrain<IUserGrain>(name.Key).LogIn(password)
            : new LogInReply(LogInOutcome.NoSuchUser, default);
        GatewayMetrics.LogIns.Add(reply.Outcome);
        switch (reply.Outcome)
        {
            case LogInOutcome.LoggedIn:
                context.Response.Headers.Authorization = tokens.Issue(new Caller(username, reply.Kind));
                return Reply.LogIn(StatusCodes.Status200OK, KindWords.Of(reply.Kind), "");
            case LogInOutcome.PasswordMismatched:
                return Reply.LogIn(StatusCodes.Status401Unauthorized, "", "Password mismatched.");
            default:
                return Reply.LogIn(StatusCodes.Status401Unauthorized, "", "No such queryUser.");
        }
    }

    private static async Task<IResult> LogOutAsync(HttpContext context, TokenReader tokens, Revocations revocations)
    {
        // Without a token, or with one that is no good anyway (or any more), there is nothing to do.
        if (tokens.ReadOne(context.Request.Headers.Authorization, out var token) == TokenState.Good)
        {
            await revocations.RevokeAsync(token.Id, token.Expires);
            GatewayMetrics.LogOuts.Add();
        }
        return Reply.With(StatusCodes.Status200OK, "log out.");
    }
}
