namespace SecKill.Gateway.Operators;

/// <summary>Finds the silos on which coupons are active.</summary>
internal static class Placements
{
    /// <summary>Over all silos. Each of them walks over its activations for it.</summary>
    public static async Task<PlacementAnswer> OfAllAsync(IGrainFactory grains)
    {
        var management = grains.GetGrain<IManagementGrain>(0);
        // By address, or a silo without a grain would be missing.
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
        return new CouponPlacementAnswer("", new CouponPlacement(coupon.Seller.Value, coupon.Name.Value, silo?.ToParsableString()));
    }

    // "Namespace.CouponGrain,Assembly": the class, which a gateway does not reference, is named after its interface.
    private static bool IsCoupon(string grain) => grain.Split(',')[0].EndsWith($".{nameof(ICouponGrain)[1..]}", StringComparison.Ordinal);

    private static bool IsOfOrleans(string grain) => grain.StartsWith("Orleans.", StringComparison.Ordinal);
}
