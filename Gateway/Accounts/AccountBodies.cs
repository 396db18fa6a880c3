using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using SecKill.Gateway.Http;
using SecKill.Grains.Interfaces;

namespace SecKill.Gateway.Accounts;

/// <summary>A new account.</summary>
internal sealed record RegistrationBody(
    [property: Description("Unique. No control characters, none that change the direction of writing, and at least one that can be seen."), MinLength(1), MaxLength(UserName.MaxLength), Required] string? Username,
    [property: Description("Any that is not empty and has no control characters."), MinLength(1), Required] string? Password,
    [property: Description("`saler` is this API's word for a seller."), AllowedValues("customer", "saler"), Required] string? Kind) : IBodyForm<RegistrationBody>
{
    /// <inheritdoc/>
    public static IReadOnlyDictionary<string, RegistrationBody> Examples { get; } = new Dictionary<string, RegistrationBody>
    {
        ["customer"] = new("alice", "correct horse", "customer"),
        ["seller"] = new("bob", "battery staple", "saler"),
    };

    /// <inheritdoc/>
    public static RegistrationBody? Read(JsonElement body) =>
        body.TryGetText("username", out var username) && body.TryGetText("password", out var password) && body.TryGetText("kind", out var kind)
            ? new(username, password, kind)
            : null;
}

/// <summary>Name and password of a user who logs in.</summary>
internal sealed record LogInBody(string Username, string Password) : IBodyForm<LogInBody>
{
    /// <inheritdoc/>
    public static IReadOnlyDictionary<string, LogInBody> Examples { get; } = new Dictionary<string, LogInBody> { ["alice"] = new("alice", "correct horse") };

    /// <inheritdoc/>
    public static Reply Refusal { get; } = new(StatusCodes.Status400BadRequest, new LogInAnswer("", JsonBody.RefusalText));

    /// <inheritdoc/>
    public static LogInBody? Read(JsonElement body) =>
        body.TryGetText("username", out var username) && username is not null && body.TryGetText("password", out var password) && password is not null
            ? new(username, password)
            : null;
}
