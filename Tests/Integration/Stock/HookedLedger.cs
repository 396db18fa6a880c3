using System.Reflection;

namespace SecKill.Tests.Integration.Stock;

/// <summary>A ledger with something that the test does before and after each of its calls that has an answer.</summary>
public class HookedLedger : DispatchProxy
{
    private static readonly MethodInfo _around = typeof(HookedLedger).GetMethod(nameof(AroundAsync), BindingFlags.Instance | BindingFlags.NonPublic)!;

    private ILedger _inner = null!;
    private Func<string, Task> _before = null!;
    private Func<string, Task>? _after;

    /// <param name="inner">What answers.</param>
    /// <param name="before">Is told the method's name.</param>
    /// <param name="after">Likewise.</param>
    public static ILedger Of(ILedger inner, Func<string, Task> before, Func<string, Task>? after = null)
    {
        var ledger = Create<ILedger, HookedLedger>();
        var hooked = (HookedLedger)(object)ledger;
        (hooked._inner, hooked._before, hooked._after) = (inner, before, after);
        return ledger;
    }

    /// <inheritdoc/>
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => targetMethod!.ReturnType == typeof(Task)
        ? targetMethod.Invoke(_inner, args)
        : _around.MakeGenericMethod(targetMethod.ReturnType.GetGenericArguments()).Invoke(this, [targetMethod, args]);

    private async Task<T> AroundAsync<T>(MethodInfo method, object?[] args)
    {
        await _before(method.Name);
        var answer = await (Task<T>)method.Invoke(_inner, args)!;
        await (_after?.Invoke(method.Name) ?? Task.CompletedTask);
        return answer;
    }
}

/// <summary>A ledger before which a reconciler can be stopped when it has closed the coupon, or made to fail there.</summary>
internal sealed class GatedLedger
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public GatedLedger(ILedger inner) => Ledger = HookedLedger.Of(inner, method => method == nameof(ILedger.BeginEpochAsync) ? PassAsync() : Task.CompletedTask);

    public ILedger Ledger { get; }

    /// <summary>Ends when the reconciler has come to <see cref="ILedger.BeginEpochAsync"/>.</summary>
    public Task Reached => _reached.Task;

    public void Release() => _gate.TrySetResult();

    public void Fail(Exception fault) => _gate.TrySetException(fault);

    private Task PassAsync()
    {
        _reached.TrySetResult();
        return _gate.Task;
    }
}
