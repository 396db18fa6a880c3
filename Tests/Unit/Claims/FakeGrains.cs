using System.Reflection;

namespace SecKill.Tests.Unit.Claims;

/// <summary>A grain factory, and the grains that it makes: their claims are answered by the test.</summary>
public class FakeGrains : DispatchProxy
{
    private Func<string, CouponClaims[], Task<ClaimReply[]>> _decide = null!;
    private string _key = "";

    /// <summary>A factory of grains.</summary>
    /// <param name="decide">Answers claims; the first parameter is the key of the grain, so a coupon's or a silo's.</param>
    internal static IGrainFactory With(Func<string, CouponClaims[], Task<ClaimReply[]>> decide) => (IGrainFactory)Create(typeof(IGrainFactory), "", decide);

    /// <summary>A grain of which only the type matters.</summary>
    internal static object Reference(Type type) => Create(type, typeof(FakeGrains));

    /// <inheritdoc/>
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => (targetMethod!.Name, args![0]) switch
    {
        (nameof(IGrainFactory.GetGrain), string key) => Create(targetMethod.GetGenericArguments()[0], key, _decide),
        (nameof(ICouponGrain.Claim), ClaimBatch batch) => OneAsync(batch),
        (nameof(ICouponGrain.Claim), CouponClaims[] claims) => _decide(_key, claims),
        _ => throw new NotSupportedException(targetMethod.Name),
    };

    private static object Create(Type type, string key, Func<string, CouponClaims[], Task<ClaimReply[]>> decide)
    {
        var proxy = Create(type, typeof(FakeGrains));
        var grains = (FakeGrains)proxy;
        (grains._key, grains._decide) = (key, decide);
        return proxy;
    }

    private async Task<ClaimReply> OneAsync(ClaimBatch batch) => (await _decide(_key, [new CouponClaims(_key, batch)]))[0];
}
