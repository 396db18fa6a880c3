using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace SecKill.Gateway.Accounts;

/// <summary>A new account.</summary>
internal sealed record RegistrationBody(
    [property: Description("Unique. No control characters, none that change the direction of writing, and at least one that can be seen."), MinLength(1), MaxLength(UserName.MaxLength)] string Username = "",
    [property: Description("Any that is not empty and has no control characters."), MinLength(1)] string Password = "",
    [property: Description("`saler` is this API's word for a seller."), AllowedValues("customer", "saler")] string Kind = "") : IBodyForm
{
    public static IReadOnlyDictionary<string, object> Examples { get; } = new Dictionary<string, object>
    {
        ["customer"] = new RegistrationBody("alice", "correct horse", "customer"),
        ["seller"] = new RegistrationBody("bob", "battery staple", "saler"),
    };
}

/// <summary>Name and password of a user who logs in.</summary>
internal sealed record LogInBody(string Username, string Password) : IBodyForm
{
    public static IReadOnlyDictionary<string, object> Examples { get; } = new Dictionary<string, object> { ["alice"] = new LogInBody("alice", "correct horse") };

    public static Reply Refusal { get; } = new(StatusCodes.Status400BadRequest, new LogInAnswer("", JsonBody.RefusalText));
}
