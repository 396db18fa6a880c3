using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using SecKill.Gateway.Http;

namespace SecKill.Gateway.Docs.Routes;

/// <summary>Registration, log in and log out.</summary>
internal static class AccountDocs
{
    private const string ExampleToken =
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ1c2VybmFtZSI6ImFsaWNlIiwia2luZCI6ImN1c3RvbWVyIn0.4Tq0Xq3m4kU5o3sZ1VQ2c1m0b8n4yq0o6m5yZ7J2s1A";

    public static RouteDoc Register { get; } = new("register", ApiTags.Users, "Register", "Makes an account, for a customer or a seller. Then log in.")
    {
        Body = new BodyDoc(typeof(RegistrationBody), new Dictionary<string, JsonNode>
        {
            ["customer"] = new JsonObject { ["username"] = "alice", ["password"] = "correct horse", ["kind"] = "customer" },
            ["seller"] = new JsonObject { ["username"] = "bob", ["password"] = "battery staple", ["kind"] = "saler" },
        }),
        Answers =
        [
            Common.Success(StatusCodes.Status201Created, "Registered."),
            Common.Texts(StatusCodes.Status400BadRequest, "Not registered; `errMsg` tells why.",
                "User name too short.", "User name must contain a character that can be seen.", "Password too short.", "Password must not contain control characters.", "Empty field of kind.", "Unexpected value of kind, admin",
                "Insert user failed. Maybe user name duplicates.", JsonBody.Refusal),
            Common.BodyTooLarge,
            Common.TooManyAccounts,
            Common.Fault,
            Common.Unavailable,
        ],
    };

    public static RouteDoc LogIn { get; } = new("logIn", ApiTags.Sessions, "Log in", "The token is in the answer's header `Authorization`.")
    {
        Body = new BodyDoc(typeof(LogInBody), new Dictionary<string, JsonNode>
        {
            ["alice"] = new JsonObject { ["username"] = "alice", ["password"] = "correct horse" },
        }),
        Answers =
        [
            With(StatusCodes.Status200OK, "Logged in.", ("customer", new LogInAnswer("customer", "")), ("seller", new LogInAnswer("saler", ""))) with
            {
                Headers = [new HeaderDoc("Authorization", "The token, bare.", new OpenApiSchema { Type = JsonSchemaType.String }, ExampleToken)],
            },
            With(StatusCodes.Status400BadRequest, "No JSON, or not of this form.", ("no-json", new LogInAnswer("", JsonBody.Refusal))),
            With(StatusCodes.Status401Unauthorized, "Not logged in.",
                ("unknown", new LogInAnswer("", "No such queryUser.")), ("wrong-password", new LogInAnswer("", "Password mismatched."))),
            Common.BodyTooLarge,
            Common.TooManyAccounts,
            Common.Fault,
            Common.Unavailable,
        ],
    };

    public static RouteDoc LogOut { get; } = new("logOut", ApiTags.Sessions, "Log out",
        "The token is refused by every gateway from then on. Without a token, or with one that is no good, there is nothing to do, which is a success too.")
    {
        Access = Access.AnybodyOrToken,
        Answers =
        [
            Common.Texts(StatusCodes.Status200OK, "Logged out.", "log out."),
            Common.Fault,
            Common.UnavailableWith("Try again. Whether the request took effect is not known."),
        ],
    };

    private static AnswerDoc With(int status, string description, params (string Name, LogInAnswer Answer)[] examples) => new(status, description)
    {
        Bodies = [typeof(LogInAnswer)],
        Examples = examples.ToDictionary(example => example.Name, example => Common.Json(example.Answer, AnswerJson.Plain.LogInAnswer)),
    };
}
