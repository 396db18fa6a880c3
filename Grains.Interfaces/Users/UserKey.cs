using System.Globalization;

namespace SecKill.Grains.Interfaces.Users;

/// <summary>
/// The grain key of a user: the name percent-encoded, so that storage sees plain ASCII and tells case apart. No key reads as a
/// hexadecimal number, since Orleans' ADO.NET grain storage (10.4, <c>GrainIdAndExtensionAsString</c>) keeps such a key as the number:
/// <c>ada</c>, <c>Ada</c> and <c>0ada</c> would be one account. Of such a name the first character is percent-encoded too.
/// </summary>
public static class UserKey
{
    /// <summary>The key of a user name.</summary>
    public static string Of(string username)
    {
        var key = Uri.EscapeDataString(username);
        return TryReadNumber(username, out _) ? string.Create(CultureInfo.InvariantCulture, $"%{(int)key[0]:X2}{key[1..]}") : key;
    }

    /// <summary>The user name of a key.</summary>
    public static string Parse(string key) => Uri.UnescapeDataString(key);

    /// <summary>Whether a name reads as a number, and as which: schema versions below 4 kept its account under that.</summary>
    public static bool TryReadNumber(string username, out long number) =>
        long.TryParse(username, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number);
}
