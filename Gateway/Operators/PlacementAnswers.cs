namespace SecKill.Gateway.Operators;

/// <summary>The answer to where coupons are active.</summary>
/// <param name="ErrMsg">Empty on success.</param>
/// <param name="Data">Every silo of the cluster, those without coupons too.</param>
internal sealed record PlacementAnswer(string ErrMsg, IReadOnlyList<SiloPlacement> Data);

/// <summary>What is active on one silo.</summary>
/// <param name="Silo">Its address for other silos, and when it was started: <c>10.0.0.1:11111@1234</c>.</param>
/// <param name="Coupons">Coupons whose claims and drains it runs.</param>
/// <param name="Activations">Grains of all kinds, Orleans' own aside.</param>
internal sealed record SiloPlacement(string Silo, int Coupons, int Activations);

/// <summary>The answer to where one coupon is active.</summary>
/// <param name="ErrMsg">Empty on success.</param>
/// <param name="Data">Where.</param>
internal sealed record CouponPlacementAnswer(string ErrMsg, CouponPlacement Data);

/// <summary>Where a coupon is active.</summary>
/// <param name="Seller">Its seller.</param>
/// <param name="Coupon">Its name.</param>
/// <param name="Silo">As in <see cref="SiloPlacement"/>; missing where it is active nowhere, until somebody asks for it.</param>
internal sealed record CouponPlacement(string Seller, string Coupon, string? Silo);
