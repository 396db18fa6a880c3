namespace SecKill.ServiceDefaults.HealthChecks;

/// <summary>Caches an answer for a second; one call at a time.</summary>
/// <param name="ask">The call. It must end, and not throw before its first await.</param>
internal sealed class OnceASecond<T>(Func<Task<T>> ask, TimeProvider time)
{
    private static readonly TimeSpan _goodFor = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private long _asked;
    private Task<T>? _answer;

    /// <summary>The last answer, or the pending one.</summary>
    public Task<T> AnswerAsync()
    {
        lock (_gate)
        {
            if (_answer is null || (_answer.IsCompleted && time.GetElapsedTime(_asked) > _goodFor))
                (_asked, _answer) = (time.GetTimestamp(), ask());
            return _answer;
        }
    }
}
