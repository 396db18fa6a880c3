using System.Diagnostics;

namespace SecKill.ServiceDefaults.HealthChecks;

/// <summary>Asks at most once a second, one question at a time, however often it is asked itself.</summary>
/// <param name="ask">Asks. It must end, and not throw before its first await.</param>
public sealed class OnceASecond<T>(Func<Task<T>> ask)
{
    private static readonly TimeSpan _goodFor = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private long _asked;
    private Task<T>? _answer;

    /// <summary>What was answered last, or will be.</summary>
    public Task<T> AnswerAsync()
    {
        lock (_gate)
        {
            if (_answer is null || (_answer.IsCompleted && Stopwatch.GetElapsedTime(_asked) > _goodFor))
                (_asked, _answer) = (Stopwatch.GetTimestamp(), ask());
            return _answer;
        }
    }
}
