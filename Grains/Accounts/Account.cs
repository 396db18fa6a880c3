using SecKill.Grains.Interfaces.Users;

// Not the folder's namespace: Orleans storage writes the type's full name into each row and reads by it.
namespace SecKill.Grains.Users;

/// <summary>An account as the grain storage keeps it.</summary>
[GenerateSerializer]
public sealed class Account
{
    /// <summary>The name under which the host registers the storage of accounts.</summary>
    public const string StorageName = "accounts";

    /// <summary>As the hasher wrote it, with its salt and cost.</summary>
    [Id(0)] public string PasswordHash { get; set; } = "";

    /// <summary>What the user is; never changes.</summary>
    [Id(1)] public UserKind Kind { get; set; }

    /// <summary>When the user registered.</summary>
    [Id(2)] public DateTimeOffset Registered { get; set; }
}
