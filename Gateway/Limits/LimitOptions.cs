using System.ComponentModel.DataAnnotations;

namespace SecKill.Gateway.Limits;

/// <summary>Limits of one client, at each gateway. Section <c>Limits</c> of the configuration.</summary>
[SettingsSection("Limits")]
public sealed class LimitOptions : IValidatableObject
{
    /// <summary>
    /// How many registrations and log-ins one client address may ask for at once, before <see cref="AccountsPerSecond"/> holds.
    /// Default 600: a load test or an office behind one address. 0 turns the limit off.
    /// </summary>
    [Range(0, 1_000_000)]
    public int AccountBurst { get; set; } = 600;

    /// <summary>How many of them are let in a second from then on. Default 10, about what one processor can hash.</summary>
    [Range(0.01, 100_000)]
    public double AccountsPerSecond { get; set; } = 10;

    /// <summary>
    /// How many coupons a seller may create at once, before <see cref="CouponsPerSecond"/> holds. Default 1,000: a catalogue that is put on
    /// sale by a script. More are answered 429. 0 turns the limit off.
    /// </summary>
    [Range(0, 1_000_000)]
    public int CouponBurst { get; set; } = 1_000;

    /// <summary>How many coupons a seller may create a second from then on. Default 20.</summary>
    [Range(0.01, 100_000)]
    public double CouponsPerSecond { get; set; } = 20;

    /// <summary>
    /// How many changes of coupons a seller may ask for at once, and a customer how many returns, and how many joins and leaves of waiting lists,
    /// before <see cref="ChangesPerSecond"/> holds. Default 1,000: a script that pauses a catalogue. A redemption that is taken back counts as one, a
    /// batch of redemptions as one for each 50 codes begun. More are answered 429. 0 turns the limit off.
    /// </summary>
    [Range(0, 1_000_000)]
    public int ChangeBurst { get; set; } = 1_000;

    /// <summary>How many changes a seller may ask for a second, and a customer returns, and joins and leaves, from then on. Default 10.</summary>
    [Range(0.01, 100_000)]
    public double ChangesPerSecond { get; set; } = 10;

    /// <summary>
    /// How many codes that do not exist a seller's tills may try at once, before <see cref="WrongCodesPerSecond"/> holds. Default 300: an
    /// evening's mistakes of many tills. Beyond them every redemption of that seller is answered 429, until what was tried is made up for: 40 s
    /// after a batch of 500. 0 turns the limit off.
    /// </summary>
    [Range(0, 1_000_000)]
    public int WrongCodeBurst { get; set; } = 300;

    /// <summary>How many such codes they may try a second from then on. Default 5.</summary>
    [Range(0.01, 100_000)]
    public double WrongCodesPerSecond { get; set; } = 5;

    /// <summary>
    /// The proxies whose <c>X-Forwarded-For</c> is believed: addresses and networks (<c>10.0.0.0/8</c>), separated by commas.
    /// Default none: a client's address is that of its connection. Name proxies only, since a named host can claim any address.
    /// </summary>
    public string TrustedProxies { get; set; } = "";

    /// <summary>
    /// How long a client may take to send a request's headers, and again its body; a body that takes longer must come at
    /// 1 KiB a second. As long it may take nothing of its answer, which it must then take at 240 bytes a second. Default 10 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:02", "00:01:00")]
    public TimeSpan ReadTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How many connections may be open. Default 65,536; more are closed at once. The process needs as many file handles.</summary>
    [Range(1, 10_000_000)]
    public long MaxConnections { get; set; } = 65_536;

    /// <summary><see cref="TrustedProxies"/>, read.</summary>
    /// <exception cref="FormatException">It cannot be read.</exception>
    internal IReadOnlyList<IPNetwork> Proxies =>
        [.. TrustedProxies.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Network)];

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        string? fault = null;
        try
        {
            _ = Proxies;
        }
        catch (FormatException wrong)
        {
            fault = wrong.Message;
        }
        if (fault is not null)
            yield return new ValidationResult(fault, [nameof(TrustedProxies)]);
    }

    private static IPNetwork Network(string text) =>
        IPAddress.TryParse(text, out var address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
        : IPNetwork.TryParse(text, out var network) ? network
        : throw new FormatException($"'{text}' is neither an address nor a network such as 10.0.0.0/8.");
}
