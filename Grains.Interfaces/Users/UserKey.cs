namespace SecKill.Grains.Interfaces.Users;

/// <summary>The grain key of a user: the name percent-encoded, so that storage sees plain ASCII and tells case apart.</summary>
public static class UserKey
{
    /// <summary>The key of a user name.</summary>
    public static string Of(string username) => Uri.EscapeDataString(username);

    /// <summary>The user name of a key.</summary>
    public static string Parse(string key) => Uri.UnescapeDataString(key);
}
