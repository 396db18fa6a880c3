using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using SecKill.Tests.LocalServers;
using SecKill.Tests.LocalServers.Deployments;

namespace SecKill.Bench.Cluster;

/// <summary>
/// Control of a running cluster by another process: HTTP over a Unix socket in the cluster's private folder. A command is a body; the reply
/// is text, with 200 if it was obeyed and 409 if not.
/// </summary>
internal static class Control
{
    // Longer than gateways, silos and databases may take to stop one after another.
    private static readonly TimeSpan _endsWithin = TimeSpan.FromMinutes(5);

    // The longest path of a Unix socket, with the terminating zero; less on some systems.
    private const int LongestPath = 104;

    /// <summary>The path of a folder's socket.</summary>
    /// <exception cref="BenchException">It is too long.</exception>
    public static string SocketOf(string folder)
    {
        var path = Path.Combine(Path.GetFullPath(folder), "control");
        return Encoding.UTF8.GetByteCount(path) < LongestPath
            ? path
            : throw new BenchException($"The path {path} is too long for a socket: choose a folder with a shorter one with --data.");
    }

    /// <summary>Serves one command after the other until it is stopped.</summary>
    /// <param name="folder">The cluster's folder.</param>
    /// <param name="obey">Runs a command; gets the writer for the reply.</param>
    /// <param name="stop">Ends it.</param>
    public static async Task ServeAsync(string folder, Func<string, TextWriter, Task> obey, CancellationToken stop)
    {
        var path = SocketOf(folder);
        // Left by a killed process: we hold the folder's lock, so no other process uses it.
        File.Delete(path);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(path));
        await using var app = builder.Build();
        using var oneByOne = new SemaphoreSlim(1);
        app.Run(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var order = await reader.ReadToEndAsync(context.RequestAborted);
            await oneByOne.WaitAsync(context.RequestAborted);
            await using var reply = new StringWriter();
            try
            {
                await obey(order, reply);
            }
            catch (Exception fault) when (fault is BenchException or InvalidOperationException or TimeoutException)
            {
                context.Response.StatusCode = StatusCodes.Status409Conflict;
                await reply.WriteLineAsync(fault.Message.ReplaceLineEndings(" "));
            }
            finally
            {
                oneByOne.Release();
            }
            await context.Response.WriteAsync(reply.ToString(), CancellationToken.None);
        });
        await app.StartAsync(stop);
        await Task.Delay(Timeout.Infinite, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        // Replies to the command that stopped it.
        await app.StopAsync(CancellationToken.None);
    }

    /// <summary>Tells a running cluster what to do, and prints its reply.</summary>
    /// <returns>Whether it did it.</returns>
    /// <exception cref="BenchException">None runs in this folder, or it ended meanwhile.</exception>
    public static async Task<bool> TellAsync(string folder, string order, TextWriter output, TextWriter errors, CancellationToken stop)
    {
        var endPoint = new UnixDomainSocketEndPoint(SocketOf(folder));
        using var http = new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectCallback = async (_, cancel) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(endPoint, cancel);
                return new NetworkStream(socket, ownsSocket: true);
            },
        })
        { Timeout = Timeout.InfiniteTimeSpan };
        try
        {
            using var reply = await http.PostAsync(new Uri("http://cluster/"), new StringContent(order), stop);
            await (reply.IsSuccessStatusCode ? output : errors).WriteAsync(await reply.Content.ReadAsStringAsync(stop));
            return reply.IsSuccessStatusCode;
        }
        catch (HttpRequestException fault)
        {
            throw new BenchException(fault.HttpRequestError == HttpRequestError.ConnectionError
                ? $"No cluster runs in {Path.GetFullPath(folder)}. Start one there, or name its folder with --data."
                : "The cluster ended before it had answered.");
        }
    }

    /// <summary>Returns when a cluster that was told to stop has released its folder, which it does last of all.</summary>
    /// <exception cref="BenchException">It does not.</exception>
    public static async Task EndedAsync(string folder, TextWriter output, CancellationToken stop)
    {
        await Eventually.EqualAsync("the cluster stops", true, () =>
        {
            new ClusterFolder(folder).Dispose();
            return Task.FromResult(true);
        }, _endsWithin).WaitAsync(stop);
        await output.WriteLineAsync("all is stopped; the data are kept");
    }
}
