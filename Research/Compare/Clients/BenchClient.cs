using System.Diagnostics;
using HdrHistogram;
using SecKill.Bench.Http;
using SecKill.Bench.Machine;

namespace SecKill.Research.Compare.Clients;

/// <summary>This program's own connections: dearer than wrk, but needs nothing installed, and counts every 201.</summary>
internal sealed class BenchClient : ILoadClient
{
    private static readonly TimeSpan _endsWithin = TimeSpan.FromSeconds(30);

    public string Name => "bench";

    public async Task<WorkloadResult> RunAsync(Workload work, Uri target, CancellationToken stop)
    {
        var gateway = Target.Parse(target.OriginalString);
        await gateway.FindAsync(stop);
        var run = new Run(work, await File.ReadAllBytesAsync(work.Users.Path, stop));
        var connections = Enumerable.Range(0, work.Connections).Select(_ => new HttpConnection(gateway)).ToArray();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(work.Duration + _endsWithin);
        // A server that never answers must not hold up the run.
        await using var broken = limit.Token.Register(() => Array.ForEach(connections, connection => connection.Abort()));
        var visitors = await Task.WhenAll(connections.Select(connection => Task.Run(() => run.VisitAsync(connection, limit.Token))));
        var duration = run.Elapsed;
        Array.ForEach(connections, connection => connection.Dispose());
        stop.ThrowIfCancellationRequested();

        return new WorkloadResult
        {
            Answers = visitors.Sum(visitor => visitor.Answers),
            Failures = visitors.Sum(visitor => visitor.Failures),
            Faults = visitors.Sum(visitor => visitor.Faults),
            Duration = duration,
            P50 = run.Percentile(50),
            P99 = run.Percentile(99),
            LeastWins = visitors.Sum(visitor => visitor.Wins),
            MostWins = visitors.Sum(visitor => visitor.Wins + visitor.ClaimsWithoutAnswer),
            RanOutOfUsers = run.RanOutOfUsers,
        };
    }

    public TimeSpan CpuTime(CpuReading before, CpuReading after) => after.OfThisProcess - before.OfThisProcess;

    private readonly record struct Counts(long Answers, long Failures, long Faults, long Wins, long ClaimsWithoutAnswer);

    private sealed class Run(Workload work, byte[] users)
    {
        private static readonly long _ticksPerMicro = Stopwatch.Frequency / 1_000_000;
        private readonly LongConcurrentHistogram _micros = new(1, (long)(work.Duration + _endsWithin).TotalMicroseconds, 3);
        private readonly Stopwatch _clock = Stopwatch.StartNew();
        private int _started = -1;

        public TimeSpan Elapsed => _clock.Elapsed;

        public bool RanOutOfUsers => _started >= work.Users.Count;

        public TimeSpan Percentile(double percentile) => TimeSpan.FromMicroseconds(_micros.GetValueAtPercentile(percentile));

        public async Task<Counts> VisitAsync(HttpConnection connection, CancellationToken stop)
        {
            var counts = new Counts();
            var requests = work.Requests.Select(request => request.ToBytes()).ToArray();
            while (_clock.Elapsed < work.Duration && !stop.IsCancellationRequested)
            {
                var user = Interlocked.Increment(ref _started) % work.Users.Count;
                for (var step = 0; step < requests.Length; step++)
                {
                    Fill(requests[step], work.Requests[step], user);
                    counts = await AskAsync(connection, requests[step], work.Sale.Scenario.Steps[step] == Step.Claim, counts, stop);
                }
            }
            return counts;
        }

        private void Fill(byte[] request, RequestTemplate template, int user)
        {
            var line = users.AsSpan(user * work.Users.LineWidth, work.Users.LineWidth - 1);
            if (template.UserAt >= 0)
                line[..UserFile.NameWidth].CopyTo(request.AsSpan(template.UserAt));
            if (template.CouponAt >= 0)
                MeasuredSale.WriteCoupon(user % work.Sale.Scenario.Coupons, request.AsSpan(template.CouponAt));
            line[UserFile.NameWidth..].CopyTo(request.AsSpan(template.TokenAt));
        }

        private async ValueTask<Counts> AskAsync(HttpConnection connection, byte[] request, bool isClaim, Counts counts, CancellationToken stop)
        {
            var sent = false;
            try
            {
                if (!connection.IsOpen)
                    await connection.OpenAsync(stop);
                sent = true;
                var start = Stopwatch.GetTimestamp();
                var answer = await connection.ExchangeAsync(request);
                _micros.RecordValue(Math.Max(1, (Stopwatch.GetTimestamp() - start) / _ticksPerMicro));
                return counts with
                {
                    Answers = counts.Answers + 1,
                    Failures = counts.Failures + (answer.Status >= 400 ? 1 : 0),
                    Wins = counts.Wins + (isClaim && answer.Status == 201 ? 1 : 0),
                };
            }
            catch (Exception fault) when (fault is TransportException or OperationCanceledException)
            {
                return counts with
                {
                    Faults = counts.Faults + 1,
                    ClaimsWithoutAnswer = counts.ClaimsWithoutAnswer + (isClaim && sent ? 1 : 0),
                };
            }
        }
    }
}
