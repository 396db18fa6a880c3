using System.ComponentModel.DataAnnotations;

namespace SecKill.Gateway.Operators;

/// <summary>The credential of operators. Section <c>Admin</c> of the configuration.</summary>
[SettingsSection("Admin")]
public sealed class AdminOptions : IValidatableObject
{
    private const int MinKeyLength = 16;

    /// <summary>
    /// The operators' key, 16 characters or more, which their routes want as <c>Authorization: Bearer …</c>. No default: without one
    /// these routes do not exist.
    /// </summary>
    public string Key { get; set; } = "";

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Key.Length > 0 && (Key.Length < MinKeyLength || Key.Any(character => char.IsWhiteSpace(character) || char.IsControl(character))))
            yield return new ValidationResult($"It must have at least {MinKeyLength} characters, none of them a space; for example from 'openssl rand -base64 32'.", [nameof(Key)]);
    }
}
