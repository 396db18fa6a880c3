using System.ComponentModel.DataAnnotations;

namespace SecKill.Gateway.Receipts;

/// <summary>How receipts are signed. Section <c>Receipts</c> of the configuration, the same for all gateways.</summary>
[SettingsSection("Receipts")]
public sealed class ReceiptOptions : IValidatableObject
{
    /// <summary>
    /// EC keys on the curve P-256 in PEM: a file's path, or the text itself. The first key signs and must be a private one; the others, private
    /// or public, are published beside it, so that receipts of before can be verified. Default none: receipts have a code and no token. The
    /// embedded mode makes a key and keeps it in its data folder.
    /// </summary>
    public string Keys { get; set; } = "";

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        string? fault = null;
        try
        {
            foreach (var key in ReceiptKeys.Read(Keys))
                key.Dispose();
        }
        catch (FormatException wrong)
        {
            fault = wrong.Message;
        }
        if (fault is not null)
            yield return new ValidationResult($"Receipts:Keys {fault}");
    }
}
