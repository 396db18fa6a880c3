using System.Net.Sockets;
using System.Text;
using SecKill.Tests.LocalServers.Deployments;

namespace SecKill.Bench.Cluster;

/// <summary>
/// Control of a running cluster by another process: one line on a Unix socket in the cluster's private folder. The answer is lines; the
/// last is <see cref="Done"/> or begins with <see cref="Failed"/>.
/// </summary>
internal static class Control
{
    /// <summary>The last line on success.</summary>
    public const string Done = "done";

    /// <summary>The prefix of the last line on failure.</summary>
    public const string Failed = "failed: ";

    // Longer than gateways, silos and databases may take to stop one after another.
    private static readonly TimeSpan _endsWithin = TimeSpan.FromMinutes(5);

    // The longest path of a Unix socket, with the terminating zero; less on some systems.
    private const int LongestPath = 104;

    /// <summary>The socket of a folder.</summary>
    /// <exception cref="BenchException">The folder's path is too long.</exception>
    public static UnixDomainSocketEndPoint SocketOf(string folder)
    {
        var path = Path.Combine(Path.GetFullPath(folder), "control");
        return Encoding.UTF8.GetByteCount(path) < LongestPath
            ? new UnixDomainSocketEndPoint(path)
            : throw new BenchException($"The path {path} is too long for a socket: choose a folder with a shorter one with --data.");
    }

    /// <summary>Serves one caller after the other until it is told to stop.</summary>
    /// <param name="folder">The cluster's folder.</param>
    /// <param name="obey">Runs a command line; gets the writer for the answer.</param>
    /// <param name="stop">Ends it.</param>
    public static async Task ServeAsync(string folder, Func<string, TextWriter, Task> obey, CancellationToken stop)
    {
        var endPoint = SocketOf(folder);
        // Left by a killed process: we hold the folder's lock, so no other process uses it.
        File.Delete(endPoint.ToString()!);
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(endPoint);
        listener.Listen();
        try
        {
            while (true)
            {
                using var caller = await listener.AcceptAsync(stop);
                await AnswerAsync(caller, obey, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            File.Delete(endPoint.ToString()!);
        }
    }

    /// <summary>Tells a running cluster what to do, and prints its answer.</summary>
    /// <returns>Whether it did it.</returns>
    /// <exception cref="BenchException">None runs in this folder, or it ended meanwhile.</exception>
    public static async Task<bool> TellAsync(string folder, string order, TextWriter output, TextWriter errors, CancellationToken stop)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(SocketOf(folder), stop);
        }
        catch (SocketException)
        {
            throw new BenchException($"No cluster runs in {Path.GetFullPath(folder)}. Start one there, or name its folder with --data.");
        }
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync(Encoding.UTF8.GetBytes(order + "\n"), stop);
        using var reader = new StreamReader(stream);
        while (await reader.ReadLineAsync(stop) is { } line)
        {
            if (line == Done)
                return true;
            if (line.StartsWith(Failed, StringComparison.Ordinal))
            {
                await errors.WriteLineAsync(line[Failed.Length..]);
                return false;
            }
            await output.WriteLineAsync(line);
        }
        throw new BenchException("The cluster ended before it had answered.");
    }

    /// <summary>Returns when a cluster that was told to stop has given its folder back, which it does last of all.</summary>
    /// <exception cref="BenchException">It does not.</exception>
    public static async Task EndedAsync(string folder, TextWriter output, CancellationToken stop)
    {
        try
        {
            await Tests.LocalServers.Eventually.EqualAsync("the cluster stops", true, () =>
            {
                new ClusterFolder(folder).Dispose();
                return Task.FromResult(true);
            }, _endsWithin).WaitAsync(stop);
        }
        catch (Tests.LocalServers.EventuallyException fault)
        {
            throw new BenchException(fault.Message);
        }
        await output.WriteLineAsync("all is stopped; the data are kept");
    }

    private static async Task AnswerAsync(Socket caller, Func<string, TextWriter, Task> obey, CancellationToken stop)
    {
        try
        {
            await using var stream = new NetworkStream(caller);
            using var reader = new StreamReader(stream);
            await using var writer = new StreamWriter(stream) { AutoFlush = true };
            if (await reader.ReadLineAsync(stop).AsTask().WaitAsync(TimeSpan.FromSeconds(5), stop) is not { } order)
                return;
            try
            {
                await obey(order, writer);
                await writer.WriteLineAsync(Done);
            }
            catch (Exception fault) when (fault is BenchException or InvalidOperationException or TimeoutException)
            {
                await writer.WriteLineAsync(Failed + fault.Message.ReplaceLineEndings(" "));
            }
        }
        catch (Exception fault) when (fault is IOException or TimeoutException)
        {
            // The caller left or sent nothing; the command still runs.
        }
    }
}
