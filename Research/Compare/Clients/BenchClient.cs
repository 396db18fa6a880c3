using SecKill.Bench.Http;
using SecKill.Bench.Load;
using SecKill.Bench.Machine;
using SecKill.Bench.Reports;

namespace SecKill.Research.Compare.Clients;

/// <summary>Bench's own engine: costs more than wrk, but needs nothing installed, and counts every 201.</summary>
internal sealed class BenchClient : ILoadClient
{
    public string Name => "bench";

    public async Task<WorkloadResult> RunAsync(Workload work, Uri target, CancellationToken stop)
    {
        var gateway = Target.Parse(target.OriginalString);
        await gateway.FindAsync(stop);
        var users = new UserQueue(work.Users, await File.ReadAllBytesAsync(work.Users.Path, stop));
        var steps = work.Sale.Scenario.Steps;
        using var run = new LoadRun(new LoadPlan { Connections = work.Connections, Duration = work.Duration }, [gateway], steps.Count);
        await LoadEngine.RunAsync(run, (_, _) => new WorkloadVisitor(work, users), "measuring", ProgressDisplay.None, stop);
        stop.ThrowIfCancellationRequested();

        var all = run.Measured.ReadAll();
        var claims = Enumerable.Range(0, steps.Count).Where(step => steps[step] == Step.Claim).Select(run.Measured.Read).ToList();
        return new WorkloadResult
        {
            Answers = all.InTime,
            Failures = all.Statuses.Where(status => status.Key >= 400).Sum(status => status.Value),
            Faults = all.Failures,
            Duration = TimeSpan.FromSeconds(run.MeasuredSeconds),
            P50 = TimeSpan.FromMicroseconds(all.Latencies.GetValueAtPercentile(50)),
            P99 = TimeSpan.FromMicroseconds(all.Latencies.GetValueAtPercentile(99)),
            LeastWins = claims.Sum(claim => claim.Of(201)),
            MostWins = claims.Sum(claim => claim.Of(201) + claim.Failures),
            RanOutOfUsers = users.RanOut,
        };
    }

    public TimeSpan CpuTime(CpuReading before, CpuReading after) => after.OfThisProcess - before.OfThisProcess;

    /// <summary>The users of a workload, one after the other; from the first again at the end.</summary>
    private sealed class UserQueue(UserFile file, byte[] lines)
    {
        private int _taken = -1;

        public bool RanOut => Volatile.Read(ref _taken) >= file.Count;

        public int Next() => Interlocked.Increment(ref _taken) % file.Count;

        public ReadOnlySpan<byte> NameOf(int user) => lines.AsSpan(user * file.LineWidth, UserFile.NameWidth);

        public ReadOnlySpan<byte> TokenOf(int user) => lines.AsSpan(user * file.LineWidth + UserFile.NameWidth, file.TokenWidth);
    }

    /// <summary>Makes the steps of one user, then those of the next.</summary>
    private sealed class WorkloadVisitor(Workload work, UserQueue users) : Visitor
    {
        private readonly byte[][] _templates = [.. work.Requests.Select(request => request.ToBytes())];
        private int _user;
        private int _step = -1;

        public override bool TryPrepare()
        {
            _step = (_step + 1) % _templates.Length;
            if (_step == 0)
                _user = users.Next();
            Operation = _step;
            var template = work.Requests[_step];
            Request.Begin(_templates[_step]);
            if (template.UserAt >= 0)
                users.NameOf(_user).CopyTo(Request.At(template.UserAt));
            if (template.CouponAt >= 0)
                MeasuredSale.WriteCoupon(_user % work.Sale.Scenario.Coupons, Request.At(template.CouponAt));
            users.TokenOf(_user).CopyTo(Request.At(template.TokenAt));
            return true;
        }

        public override void Answered(in HttpReply reply)
        {
        }
    }
}
