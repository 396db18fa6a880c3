namespace SecKill.Grains.Interfaces.Users;

/// <summary>
/// One user's account. The user's coupons are read by <see cref="Lists.IListGrain"/>, for many users at once.
/// Its key is <see cref="UserName.Key"/>.
/// </summary>
public interface IUserGrain : IGrainWithStringKey
{
    /// <summary>Creates the account.</summary>
    /// <exception cref="UnavailableException">SQL cannot be reached, or too many passwords wait to be hashed.</exception>
    [ResponseTimeout("00:00:30")]
    Task<RegisterOutcome> Register(string password, UserKind kind);

    /// <summary>Checks a password.</summary>
    /// <exception cref="UnavailableException">
    /// SQL cannot be reached, or too many passwords wait to be hashed, this user's or all users'.
    /// </exception>
    [AlwaysInterleave]
    [ResponseTimeout("00:00:30")]
    Task<LogInReply> LogIn(string password);

    /// <summary>The user's kind, or null where there is no such account.</summary>
    /// <exception cref="UnavailableException">SQL cannot be reached.</exception>
    [AlwaysInterleave]
    [ResponseTimeout("00:00:10")]
    Task<UserKind?> FindKind();
}

/// <summary>What a user can be.</summary>
public enum UserKind : byte
{
    /// <summary>Claims coupons.</summary>
    Customer,

    /// <summary>Creates coupons. The contract's word for it is <c>saler</c>.</summary>
    Seller,
}

/// <summary>What became of a registration.</summary>
public enum RegisterOutcome : byte
{
    /// <summary>The account exists now.</summary>
    Registered,

    /// <summary>The user name is taken.</summary>
    Duplicate,
}

/// <summary>What became of an attempt to log in.</summary>
public enum LogInOutcome : byte
{
    /// <summary>The password is right.</summary>
    LoggedIn,

    /// <summary>No account has this name.</summary>
    NoSuchUser,

    /// <summary>The password is wrong.</summary>
    PasswordMismatched,
}

/// <summary>The answer to an attempt to log in; the kind is meaningless unless logged in.</summary>
[GenerateSerializer, Immutable]
public readonly record struct LogInReply([property: Id(0)] LogInOutcome Outcome, [property: Id(1)] UserKind Kind);
