using System.ComponentModel.DataAnnotations;
using SecKill.Grains.Interfaces.Sessions;

namespace SecKill.Gateway.Accounts;

/// <summary>How tokens are signed and checked. Section <c>Auth</c> of the configuration, the same for all gateways.</summary>
[SettingsSection("Auth")]
public sealed class AuthOptions : IValidatableObject
{
    private const int MinKeyBytes = 32;

    // Keeps the longest token within TokenReader.MaxLength.
    private const int MaxNameLength = 200;

    // Of 32 random bytes, 30 differ; fewer than half of them do once in 10^15 keys. Zeros, words and repetitions have fewer.
    private const int MinDifferentBytes = 16;

    /// <summary>
    /// The HS256 key, base64 of at least 32 bytes. No default: a gateway of a cluster refuses to start without one. The
    /// embedded mode generates one and keeps it in its data folder.
    /// </summary>
    public string SigningKey { get; set; } = "";

    /// <summary>Who issues the tokens. Default <c>seckill</c>; another one refuses tokens of other environments. At most 200 characters.</summary>
    [Required, MaxLength(MaxNameLength)]
    public string Issuer { get; set; } = "seckill";

    /// <summary>The service that the tokens are for. Default <c>seckill</c>; at most 200 characters.</summary>
    [Required, MaxLength(MaxNameLength)]
    public string Audience { get; set; } = "seckill";

    /// <summary>The lifetime of a token. Default 1 hour, at most 1 day. Log-outs are kept as long, at most 4 million.</summary>
    public TimeSpan TokenLifetime { get; set; } = TimeSpan.FromHours(1);

    internal byte[] KeyBytes => Convert.FromBase64String(SigningKey);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (TokenLifetime < TimeSpan.FromSeconds(1) || TokenLifetime > RevokedToken.MaxLifetime)
            yield return new ValidationResult($"It must be from a second to {RevokedToken.MaxLifetime.TotalHours} hours.", [nameof(TokenLifetime)]);
        var buffer = new byte[SigningKey.Length];
        if (SigningKey.Length == 0)
            yield return new ValidationResult("Auth:SigningKey is missing: base64 of at least 32 random bytes, for example from 'openssl rand -base64 32'.");
        else if (!Convert.TryFromBase64String(SigningKey, buffer, out var length) || length < MinKeyBytes)
            yield return new ValidationResult($"Auth:SigningKey must be base64 of at least {MinKeyBytes} bytes.");
        else if (buffer.AsSpan(0, length).ToArray().Distinct().Count() < MinDifferentBytes)
            yield return new ValidationResult("Auth:SigningKey is not random: it repeats itself. Make one with 'openssl rand -base64 32'.");
    }
}
