using System.ComponentModel.DataAnnotations;

namespace SecKill.Gateway.Operators;

/// <summary>The credential of operators. Section <c>Admin</c> of the configuration.</summary>
public sealed class AdminOptions : IValidatableObject
{
    /// <summary>The section's name.</summary>
    public const string Section = "Admin";

    private const int MinKeyLength = 16;

    /// <summary>
    /// 16 characters or more, sent as <c>Authorization: Bearer …</c>. No default: without one the operators'
    /// routes do not exist.
    /// </summary>
    public string Key { get; set; } = "";

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Key.Length > 0 && (Key.Length < MinKeyLength || Key.Any(character => char.IsWhiteSpace(character) || char.IsControl(character))))
            yield return new ValidationResult($"It must have at least {MinKeyLength} characters, none of them a space; for example from 'openssl rand -base64 32'.", [nameof(Key)]);
    }
}
