using Microsoft.Playwright;

namespace SecKill.Tests.Integration.Page;

/// <summary>A page's request held back, so that the test controls the order of answers.</summary>
public sealed class HeldRequest(IPage window)
{
    private readonly TaskCompletionSource<IRoute> _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _letGo = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _count;

    /// <summary>How many of its kind were made.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>When it is made.</summary>
    public Task<IRoute> Asked => _asked.Task.WaitAsync(TimeSpan.FromSeconds(30));

    /// <summary>Lets it go on.</summary>
    public void LetGo() => _letGo.TrySetResult();

    /// <summary>Lets it go on, and returns when the page has taken the answer.</summary>
    public async Task ArriveAsync()
    {
        var request = (await Asked).Request;
        LetGo();
        await (await request.ResponseAsync())!.FinishedAsync();
        // Whatever came before this has been taken.
        await window.EvaluateAsync("() => fetch('/icon.svg').then(answer => answer.text())");
    }

    internal async Task PassAsync(IRoute route)
    {
        if (Interlocked.Increment(ref _count) == 1)
        {
            _asked.TrySetResult(route);
            await _letGo.Task;
        }
        await route.ContinueAsync();
    }
}
