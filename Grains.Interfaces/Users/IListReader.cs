using Orleans.Concurrency;
using SecKill.Grains.Interfaces.Coupons;

namespace SecKill.Grains.Interfaces.Users;

/// <summary>
/// Reads lists of coupons for a gateway, those of many users in one call. Lists lie in Redis, so any silo can read them,
/// and no grain of the user is activated for it. The key tells readings apart that a gateway has under way at once.
/// </summary>
public interface IListReader : IGrainWithIntegerKey
{
    /// <summary>Reads pages. The readings behind the answer began after the call came in.</summary>
    /// <param name="queries">Which, none twice.</param>
    /// <returns>One page a query, in order; one that could not be read has a <see cref="CouponPage.Fault"/>.</returns>
    [AlwaysInterleave]
    [ResponseTimeout("00:00:10")]
    Task<CouponPage[]> Read(ListQuery[] queries);
}

/// <summary>
/// Which page of whose list: the coupons that a seller created (in creation order, with what is left of each) or that a
/// customer owns (in claim order).
/// </summary>
/// <param name="User">Whose list.</param>
/// <param name="Kind">What the user is; taken at the caller's word, so that no account is looked up.</param>
/// <param name="Page">1 for the first page; a page holds <see cref="CouponPage.Size"/>.</param>
/// <param name="WithSeller">Whether the gateway shows whose each coupon is.</param>
[GenerateSerializer, Immutable]
public readonly record struct ListQuery([property: Id(0)] string User, [property: Id(1)] UserKind Kind, [property: Id(2)] int Page, [property: Id(3)] bool WithSeller = false);

/// <summary>A page of coupons.</summary>
/// <param name="Coupons">At most <see cref="Size"/>; empty past the end.</param>
/// <param name="Fault">Why it could not be read, or null where it was.</param>
[GenerateSerializer, Immutable]
public sealed record CouponPage([property: Id(0)] CouponView[] Coupons, [property: Id(1)] string? Fault = null)
{
    /// <summary>How many coupons a page holds: the contract's number.</summary>
    public const int Size = 20;
}
