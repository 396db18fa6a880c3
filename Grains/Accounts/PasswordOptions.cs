using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace SecKill.Grains.Accounts;

/// <summary>How passwords are hashed. Section <c>Passwords</c> of the configuration.</summary>
[SettingsSection("Passwords")]
public sealed class PasswordOptions
{
    /// <summary>
    /// Iterations of PBKDF2 with HMAC-SHA512. Default 210,000, OWASP's recommendation (Password Storage Cheat Sheet).
    /// A raised number takes effect for an account at its next log-in.
    /// </summary>
    [Range(1_000, 10_000_000)]
    public int Iterations { get; set; } = 210_000;

    /// <summary>
    /// How many passwords a silo hashes at a time. Default: half of its processors, so that log-ins cannot starve claims.
    /// </summary>
    [Range(1, 1024)]
    [DefaultValue("half the processors")]
    public int Concurrency { get; set; } = Math.Max(1, Environment.ProcessorCount / 2);

    /// <summary>How many may wait for that. Default 256; more are answered 503.</summary>
    [Range(1, 100_000)]
    public int MaxWaiting { get; set; } = 256;

    /// <summary>How long one may wait for that. Default 5 s; then it is answered 503.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:00:20")]
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(5);
}
