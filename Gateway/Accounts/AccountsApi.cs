using Microsoft.AspNetCore.Http.HttpResults;

namespace SecKill.Gateway.Accounts;

/// <summary>Register, log in and log out.</summary>
internal static class AccountsApi
{
    private const string ExampleToken =
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ1c2VybmFtZSI6ImFsaWNlIiwia2luZCI6ImN1c3RvbWVyIn0.4Tq0Xq3m4kU5o3sZ1VQ2c1m0b8n4yq0o6m5yZ7J2s1A";

    private static readonly Reply _registered = Reply.With(StatusCodes.Status201Created);
    private static readonly Reply _noPassword = Reply.BadRequest("Password too short.");
    private static readonly Reply _passwordWithControls = Reply.BadRequest("Password must not contain control characters.");
    private static readonly Reply _noKind = Reply.BadRequest("Empty field of kind.");
    private static readonly Reply _nameTaken = Reply.BadRequest("Insert user failed. Maybe user name duplicates.");
    private static readonly Reply _noSuchUser = NotLoggedIn("No such queryUser.");
    private static readonly Reply _wrongPassword = NotLoggedIn("Password mismatched.");
    private static readonly Reply _loggedOut = Reply.With(StatusCodes.Status200OK, "log out.");

    public static void MapAccounts(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/users", RegisterAsync).WithName("register").WithTags(ApiOverview.Users).WithAccountLimit().Answers(
            _registered, Reply.BadRequest("User name too short."), Reply.BadRequest("User name must contain a character that can be seen."),
            _noPassword, _passwordWithControls, _noKind, UnexpectedKind("admin"), _nameTaken);
        var sessions = routes.MapGroup("/api/auth").WithTags(ApiOverview.Sessions);
        sessions.MapPost("", LogInAsync).WithName("logIn").WithAccountLimit().Answers(
            LoggedInSample(UserKind.Customer), LoggedInSample(UserKind.Seller), _noSuchUser, _wrongPassword);
        sessions.MapPost("logout", LogOutAsync).WithName("logOut").WithMetadata(new Credential(ApiOverview.Token, IsOptional: true)).Answers(_loggedOut);
    }

    /// <summary>Register</summary>
    /// <remarks>Creates an account, for a customer or a seller. Then log in.</remarks>
    /// <response code="201">Registered.</response>
    /// <response code="400">Not registered; `errMsg` tells why.</response>
    /// <response code="429">This client address has registered and logged in too often. Nothing was done.</response>
    internal static async Task<IResult> RegisterAsync(JsonBody<RegistrationBody> body, IGrainFactory grains)
    {
        if (await body.ReadAsync() is not { } account)
            return JsonBody.Refusal;
        if (!UserName.TryParse(account.Username, out var name, out var nameFault, isNew: true))
            return Reply.BadRequest(nameFault);
        if (account.Password.Length == 0)
            return _noPassword;
        // A hash takes a password and the same with NULs behind it for one; no keyboard types any of the others.
        if (account.Password.Any(char.IsControl))
            return _passwordWithControls;
        if (account.Kind.Length == 0)
            return _noKind;
        if (!KindWords.TryParse(account.Kind, out var kind))
            return UnexpectedKind(account.Kind);

        var outcome = await grains.GetGrain<IUserGrain>(name.Key).Register(account.Password, kind);
        GatewayMetrics.Registrations.Add(outcome);
        return outcome == RegisterOutcome.Registered ? _registered : _nameTaken;
    }

    /// <summary>Log in</summary>
    /// <remarks>The token is in the answer's header `Authorization`.</remarks>
    /// <response code="200">Logged in.</response>
    /// <response code="400">Not JSON, or not of this form.</response>
    /// <response code="401">Not logged in.</response>
    /// <response code="429">This client address has registered and logged in too often. Nothing was done.</response>
    internal static async Task<Results<Ok<LogInAnswer>, Reply>> LogInAsync(HttpContext context, JsonBody<LogInBody> body, IGrainFactory grains, TokenIssuer tokens)
    {
        if (await body.ReadAsync() is not { } account)
            return LogInBody.Refusal;
        // A name that cannot be registered needs no look-up; its grain key might not even be possible.
        var reply = UserName.TryParse(account.Username, out var name)
            ? await grains.GetGrain<IUserGrain>(name.Key).LogIn(account.Password)
            : new LogInReply(LogInOutcome.NoSuchUser, default);
        GatewayMetrics.LogIns.Add(reply.Outcome);
        if (reply.Outcome != LogInOutcome.LoggedIn)
            return reply.Outcome == LogInOutcome.PasswordMismatched ? _wrongPassword : _noSuchUser;
        context.Response.Headers.Authorization = tokens.Issue(new Caller(name, reply.Kind));
        return TypedResults.Ok(new LogInAnswer(KindWords.Of(reply.Kind), ""));
    }

    /// <summary>Log out</summary>
    /// <remarks>Every gateway refuses the token from then on. Without a valid token there is nothing to do, which is a success too.</remarks>
    /// <response code="200">Logged out.</response>
    internal static async Task<Reply> LogOutAsync(HttpContext context, TokenReader tokens, Revocations revocations)
    {
        if (tokens.ReadOne(context.Request.Headers.Authorization, out var token) == TokenState.Good)
        {
            await revocations.RevokeAsync(token.Id, token.Expires);
            GatewayMetrics.LogOuts.Add();
        }
        return _loggedOut;
    }

    private static Reply UnexpectedKind(string word) => Reply.BadRequest($"Unexpected value of kind, {word}");

    private static Reply NotLoggedIn(string errMsg) => new(StatusCodes.Status401Unauthorized, new LogInAnswer("", errMsg));

    private static Reply LoggedInSample(UserKind kind) =>
        new Reply(StatusCodes.Status200OK, new LogInAnswer(KindWords.Of(kind), ""), $"{kind}".ToLowerInvariant()).WithHeader("Authorization", ExampleToken);
}
