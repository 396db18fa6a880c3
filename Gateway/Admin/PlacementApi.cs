using SecKill.Grains.Interfaces.Coupons;

namespace SecKill.Gateway.Admin;

/// <summary>For operators: tells on which silos coupons are active.</summary>
internal static class PlacementApi
{
    // The class behind ICouponGrain, as Orleans names it in its statistics: namespace, class, assembly.
    private const string CouponGrain = ".CouponGrain,";

    /// <summary>Over all silos. Costs each of them a walk over the grains that it has.</summary>
    public static async Task<PlacementAnswer> OfAllAsync(IGrainFactory grains)
    {
        var management = grains.GetGrain<IManagementGrain>(0);
        // Asked for by name, or one that has no grain yet would be missing.
        SiloAddress[] silos = [.. (await management.GetHosts(onlyActive: true)).Keys];
        var counts = (await management.GetSimpleGrainStatistics(silos)).ToLookup(count => count.SiloAddress);
        return new PlacementAnswer("",
        [
            .. silos.Order().Select(silo => new SiloPlacement(
                silo.ToParsableString(),
                counts[silo].Where(count => IsCoupon(count.GrainType)).Sum(count => count.ActivationCount),
                counts[silo].Where(count => !IsOfOrleans(count.GrainType)).Sum(count => count.ActivationCount))),
        ]);
    }

    /// <summary>Of one coupon; does not activate it.</summary>
    public static async Task<CouponPlacementAnswer> OfAsync(IGrainFactory grains, CouponId coupon)
    {
        var silo = await grains.GetGrain<IManagementGrain>(0).GetActivationAddress(grains.GetGrain<ICouponGrain>(coupon.Key));
        return new CouponPlacementAnswer("", new CouponPlacement(coupon.Seller, coupon.Name, silo?.ToParsableString()));
    }

    private static bool IsCoupon(string grain) => $"{grain},".Contains(CouponGrain, StringComparison.Ordinal);

    private static bool IsOfOrleans(string grain) => grain.StartsWith("Orleans.", StringComparison.Ordinal);
}
