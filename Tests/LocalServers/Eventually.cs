namespace SecKill.Tests.LocalServers;

/// <summary>Waits for a condition, not a time; a failure names the phase, the expected value and the last one seen.</summary>
public static class Eventually
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(20);

    public static Task EqualAsync<T>(string phase, T expected, Func<Task<T>> actual, TimeSpan within) =>
        HoldsAsync(phase, $"{expected}", actual, value => EqualityComparer<T>.Default.Equals(value, expected), within);

    public static async Task<T> HoldsAsync<T>(
        string phase, string expected, Func<Task<T>> actual, Func<T, bool> holds, TimeSpan within)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            string seen;
            try
            {
                var value = await actual();
                if (holds(value))
                    return value;
                seen = $"{value}";
            }
            catch (Exception error) when (error is not EventuallyException)
            {
                // A starting server refuses connections: retry.
                seen = $"{error.GetType().Name}: {error.Message}";
            }
            if (clock.Elapsed >= within)
                throw new EventuallyException($"{phase}: expected {expected}, but after {clock.Elapsed.TotalSeconds:0.0} s it was {seen}");
            await Task.Delay(_pause);
        }
    }
}

public sealed class EventuallyException(string message) : Exception(message);
