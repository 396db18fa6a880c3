using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using SecKill.Bench.Http;

namespace SecKill.Tests.Faults.Drills;

/// <summary>
/// Customers who ask for one coupon as fast as they are answered, each until it has won: few connections, each for one customer after the
/// other, many requests at a time. So a crowd leaves the processor to the servers.
/// </summary>
internal sealed class WaitingCrowd(ClusterDeployment cluster, OnSale coupon, IReadOnlyList<string> tokens)
{
    private const int Connections = 64;
    private const int AtOnce = 16;
    private const int LargestReply = 1_024;

    private readonly long[] _refused = new long[tokens.Count];
    private readonly ConcurrentQueue<(long Time, int Count)> _answers = new();
    private readonly int[] _counts = new int[Enum.GetValues<ClaimResult>().Length];

    /// <summary>How many won.</summary>
    public int Wins => _counts[(int)ClaimResult.Claimed];

    /// <summary>How many answers of each kind there were.</summary>
    public string Words =>
        string.Join(", ", Enum.GetValues<ClaimResult>().Where(result => _counts[(int)result] > 0).Select(result => $"{result.Word()} {_counts[(int)result]}"));

    /// <summary>How many answers came within a time, in microseconds since 1970.</summary>
    public int AnswersBetween(long from, long until) => _answers.Where(one => one.Time >= from && one.Time < until).Sum(one => one.Count);

    /// <summary>How many different customers were told for the last time after this that it has not begun.</summary>
    public int RefusedSince(long from) => _refused.Count(time => time >= from);

    /// <summary>Asks until this time, or until all have won.</summary>
    public Task RunAsync(long until) => Task.WhenAll(Enumerable.Range(0, Connections).Select(i => Task.Run(() => AskAsync(i, until))));

    private async Task AskAsync(int connection, long until)
    {
        var gateway = cluster.Gateways[connection % cluster.Gateways.Count];
        var target = Target.Parse(gateway.OriginalString);
        var head = RequestBuffer.HeadOf(target, "PATCH", ApiClient.CouponOf(coupon.Seller, coupon.Name));
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Parse(gateway.Host), gateway.Port);
        var (request, asking) = (new RequestBuffer(), new List<int>());
        var (sent, received) = (new MemoryStream(), new byte[AtOnce * LargestReply]);
        var waiting = new Queue<int>(Enumerable.Range(0, tokens.Count).Where(customer => customer % Connections == connection));
        while (waiting.Count > 0 && Claimants.Now < until)
        {
            sent.SetLength(0);
            for (asking.Clear(); asking.Count < AtOnce && waiting.TryDequeue(out var customer); asking.Add(customer))
            {
                request.Begin(head);
                request.End(Encoding.ASCII.GetBytes(tokens[customer]));
                sent.Write(request.Bytes.Span);
            }
            await socket.SendAsync(sent.GetBuffer().AsMemory(0, (int)sent.Length));
            await ReadAsync(socket, received, asking, waiting);
            _answers.Enqueue((Claimants.Now, asking.Count));
        }
    }

    /// <summary>Reads as many replies as customers have asked; those who have not won ask again.</summary>
    private async Task ReadAsync(Socket socket, byte[] received, List<int> asking, Queue<int> waiting)
    {
        for (var (replies, length) = (0, 0); replies < asking.Count;)
        {
            var read = await socket.ReceiveAsync(received.AsMemory(length));
            Assert.True(read > 0, "A gateway has closed a connection.");
            length += read;
            var start = 0;
            for (; replies < asking.Count && ReplyHead.TryRead(received.AsSpan(start, length - start), out var head)
                && length - start >= head.Length + head.ContentLength; replies++)
            {
                start += head.Length + head.ContentLength;
                Note(head, asking[replies], waiting);
            }
            received.AsSpan(start, length - start).CopyTo(received);
            length -= start;
        }
    }

    private void Note(in ReplyHead head, int customer, Queue<int> waiting)
    {
        if (head is not { BodyEnd: BodyEnd.Length, Closes: false })
            throw new InvalidOperationException($"A gateway has answered {head.Status} and closes the connection.");
        Interlocked.Increment(ref _counts[(int)head.Result]);
        if (head.Result == ClaimResult.Claimed)
            return;
        if (head.Result == ClaimResult.NotStarted)
            _refused[customer] = Claimants.Now;
        waiting.Enqueue(customer);
    }
}
