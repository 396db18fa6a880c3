using System.Text;

namespace SecKill.Bench.Compare.Load;

/// <summary>
/// Users with their tokens, one a line, all lines of the same length, so that a client finds the n-th without reading the
/// others.
/// </summary>
internal sealed class UserFile : IDisposable
{
    /// <summary>Characters of every user name.</summary>
    public const int NameWidth = 14;

    private const int UsersAtOnce = 4096;

    private UserFile(string path, int count, int tokenWidth)
    {
        Path = path;
        Count = count;
        TokenWidth = tokenWidth;
    }

    /// <summary>Where it lies.</summary>
    public string Path { get; }

    /// <summary>How many users.</summary>
    public int Count { get; }

    /// <summary>Characters of every token.</summary>
    public int TokenWidth { get; }

    /// <summary>Bytes from one line to the next: name, token, end of line.</summary>
    public int LineWidth => NameWidth + TokenWidth + 1;

    /// <summary>Writes one.</summary>
    /// <param name="folder">Into which.</param>
    /// <param name="sale">Users of another sale have other names.</param>
    /// <param name="count">How many users.</param>
    /// <param name="tokens">Who mints.</param>
    /// <param name="stop">Gives up.</param>
    public static async Task<UserFile> WriteAsync(string folder, int sale, int count, Tokens tokens, CancellationToken stop)
    {
        var users = new UserFile(System.IO.Path.Combine(folder, $"users-{sale}"), count, tokens.OfCustomer(NameOf(sale, 0), 0).Length);
        using var file = File.OpenHandle(users.Path, FileMode.Create, FileAccess.Write);
        var batches = (count + UsersAtOnce - 1) / UsersAtOnce;
        await Parallel.ForAsync(0, batches, stop, async (batch, token) =>
        {
            var first = batch * UsersAtOnce;
            var lines = users.Lines(first, Math.Min(UsersAtOnce, count - first), sale, tokens);
            await RandomAccess.WriteAsync(file, lines, (long)first * users.LineWidth, token);
        });
        return users;
    }

    public void Dispose() => File.Delete(Path);

    private static string NameOf(int sale, int user) => $"u{sale:x4}{user:d9}";

    private byte[] Lines(int first, int count, int sale, Tokens tokens)
    {
        var lines = new byte[count * LineWidth];
        for (var i = 0; i < count; i++)
        {
            var line = lines.AsSpan(i * LineWidth, LineWidth);
            var name = NameOf(sale, first + i);
            Encoding.ASCII.GetBytes(name, line);
            tokens.OfCustomer(name, ((ulong)sale << 32) + (ulong)(first + i)).CopyTo(line[NameWidth..]);
            line[^1] = (byte)'\n';
        }
        return lines;
    }
}
