namespace SecKill.Tests.LocalServers;

/// <summary>Names unique to this run, so that tests share one deployment and still run in parallel.</summary>
public static class Names
{
    // A random start keeps two runs against one long-lived deployment apart as well.
    private static readonly string _run = Random.Shared.Next(36 * 36 * 36).ToString("x4");
    private static int _last;

    /// <summary>At most 20 characters, the limit of a user name.</summary>
    public static string Fresh(string prefix)
    {
        var name = $"{prefix}-{Tag()}";
        return name.Length <= 20 ? name : throw new ArgumentException($"'{name}' is longer than a user name may be", nameof(prefix));
    }

    /// <summary>The unique part alone, 8 characters.</summary>
    public static string Tag() => $"{_run}{Interlocked.Increment(ref _last):x4}";
}
