using System.Reflection;

namespace SecKill.Tests.Unit.Claims;

/// <summary>A grain factory, and the grains that it makes: their claims are answered by the test.</summary>
public class FakeGrains : DispatchProxy
{
    private Func<string, CouponClaims[], Task<ClaimReply[]>> _decide = null!;
    private Func<string[], FilterStamp?, WaitReply>? _join;
    private Func<string, string[], Task<WaitReply>>? _wait;
    private string _key = "";

    /// <summary>A factory of grains.</summary>
    /// <param name="decide">Answers claims; the first parameter is the key of the grain, so a coupon's or a silo's.</param>
    /// <param name="join">Answers joins.</param>
    /// <param name="wait">Answers joins and leaves instead; the first parameter is the name of the method.</param>
    internal static IGrainFactory With(
        Func<string, CouponClaims[], Task<ClaimReply[]>> decide, Func<string[], FilterStamp?, WaitReply>? join = null, Func<string, string[], Task<WaitReply>>? wait = null) =>
        (IGrainFactory)Create(typeof(IGrainFactory), "", decide, join, wait);

    /// <summary>A grain of which only the type matters.</summary>
    internal static object Reference(Type type) => Create(type, typeof(FakeGrains));

    /// <inheritdoc/>
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => (targetMethod!.Name, args![0]) switch
    {
        (nameof(IGrainFactory.GetGrain), string key) => Create(targetMethod.GetGenericArguments()[0], key, _decide, _join, _wait),
        (nameof(ICouponGrain.Claim), ClaimBatch batch) => OneAsync(batch),
        (nameof(ICouponGrain.Claim), CouponClaims[] claims) => _decide(_key, claims),
        (nameof(ICouponGrain.Join) or nameof(ICouponGrain.Leave), string[] users) when _wait is not null => _wait(targetMethod.Name, users),
        (nameof(ICouponGrain.Join), string[] users) => Task.FromResult(_join!(users, (FilterStamp?)args[1])),
        _ => throw new NotSupportedException(targetMethod.Name),
    };

    private static object Create(
        Type type, string key, Func<string, CouponClaims[], Task<ClaimReply[]>> decide, Func<string[], FilterStamp?, WaitReply>? join,
        Func<string, string[], Task<WaitReply>>? wait)
    {
        var proxy = Create(type, typeof(FakeGrains));
        var grains = (FakeGrains)proxy;
        (grains._key, grains._decide, grains._join, grains._wait) = (key, decide, join, wait);
        return proxy;
    }

    private async Task<ClaimReply> OneAsync(ClaimBatch batch) => (await _decide(_key, [new CouponClaims(_key, batch)]))[0];
}
