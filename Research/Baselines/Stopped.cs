namespace SecKill.Research.Baselines;

internal static class Stopped
{
    /// <summary>Ends without an exception when the token is cancelled.</summary>
    public static Task WhenAsync(CancellationToken stop) =>
        Task.Delay(Timeout.Infinite, stop).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
}
