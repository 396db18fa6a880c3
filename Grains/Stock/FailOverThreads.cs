namespace SecKill.Grains.Stock;

/// <summary>
/// More pool threads for the time of a fail-over. The Redis client follows one with calls that block (each of its connections in the
/// process, Orleans' too), and a pool that begins with as many threads as there are processors adds one in half a second: nothing else
/// would run meanwhile. At all other times the usual number is faster by far.
/// </summary>
internal static class FailOverThreads
{
    private const int Lent = 16;
    private static readonly TimeSpan _forSo = TimeSpan.FromSeconds(60);

    private static readonly Lock _gate = new();
    private static readonly Timer _return = new(_ => Return());
    private static int _usual;

    /// <summary>Lends them for a minute from now on.</summary>
    public static void Lend()
    {
        lock (_gate)
        {
            ThreadPool.GetMinThreads(out var workers, out var io);
            if (_usual == 0)
                _usual = workers;
            if (workers < Lent)
                ThreadPool.SetMinThreads(Lent, io);
            _return.Change(_forSo, Timeout.InfiniteTimeSpan);
        }
    }

    private static void Return()
    {
        lock (_gate)
        {
            ThreadPool.GetMinThreads(out _, out var io);
            ThreadPool.SetMinThreads(_usual, io);
            _usual = 0;
        }
    }
}
