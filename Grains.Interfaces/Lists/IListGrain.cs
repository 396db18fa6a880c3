using SecKill.Grains.Interfaces.Users;

namespace SecKill.Grains.Interfaces.Lists;

/// <summary>
/// Reads lists of coupons for a gateway, of many users in one call. Lists are in Redis, so any silo can read them, and no grain of the user is
/// activated. The key tells apart the calls that a gateway has under way.
/// </summary>
public interface IListGrain : IGrainWithIntegerKey
{
    /// <summary>Reads pages. The reads of Redis begin after the call has come in.</summary>
    /// <param name="queries">The pages, none twice.</param>
    /// <returns>One page a query, in order; unreadable ones have a <see cref="CouponPage.Fault"/>.</returns>
    [AlwaysInterleave]
    [ResponseTimeout("00:00:10")]
    Task<CouponPage[]> Read(ListQuery[] queries);

    /// <summary>Searches a seller's coupons, in creation order.</summary>
    /// <exception cref="UnavailableException">SQL cannot be reached.</exception>
    [AlwaysInterleave]
    [ResponseTimeout("00:00:10")]
    Task<CouponsFound> Search(CouponSearch search);
}

/// <summary>
/// A page of one list: of the coupons that a seller created (in creation order, with the units left) or that a customer owns (in claim order).
/// </summary>
/// <param name="User">The user whose list it is.</param>
/// <param name="Kind">The kind of user; the caller's word is taken, so that no account is looked up.</param>
/// <param name="Page">1 for the first page; a page holds <see cref="CouponPage.Size"/>.</param>
/// <param name="WithSeller">Whether a customer's own list tells the sellers.</param>
[GenerateSerializer, Immutable]
public readonly record struct ListQuery([property: Id(0)] string User, [property: Id(1)] UserKind Kind, [property: Id(2)] int Page, [property: Id(3)] bool WithSeller = false);

/// <summary>A page of coupons.</summary>
/// <param name="Coupons">At most <see cref="Size"/>; empty past the end.</param>
/// <param name="Fault">Why it could not be read; null if it was.</param>
[GenerateSerializer, Immutable]
public sealed record CouponPage([property: Id(0)] CouponItem[] Coupons, [property: Id(1)] string? Fault = null)
{
    /// <summary>How many coupons a page holds: the contract's number.</summary>
    public const int Size = 20;
}

/// <summary>A search among a seller's coupons.</summary>
/// <param name="Seller">The seller.</param>
/// <param name="After">The <see cref="CouponsFound.Next"/> of the page before; 0 for the first.</param>
/// <param name="State">What the sale must be at; null for any.</param>
/// <param name="Text">What the name must contain, in any case; null for anything.</param>
[GenerateSerializer, Immutable]
public sealed record CouponSearch(
    [property: Id(0)] string Seller, [property: Id(1)] long After, [property: Id(2)] SaleState? State, [property: Id(3)] string? Text);

/// <summary>A page of a search.</summary>
/// <param name="Coupons">At most <see cref="CouponPage.Size"/>; fewer, even none, where many were looked at in vain.</param>
/// <param name="Next">Where the next page goes on; null after the last.</param>
[GenerateSerializer, Immutable]
public sealed record CouponsFound([property: Id(0)] CouponItem[] Coupons, [property: Id(1)] long? Next);
