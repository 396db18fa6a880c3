using System.Text;
using SecKill.Bench.Tokens;

namespace SecKill.Research.Compare.Clients;

/// <summary>Users with their tokens, one a line, all lines of one length, so that a client can seek to the n-th.</summary>
internal sealed class UserFile : IDisposable
{
    /// <summary>Characters of every user name.</summary>
    public const int NameWidth = 5 + TokenMint.Digits;

    private const int UsersAtOnce = 4096;

    private UserFile(string path, int count, int tokenWidth)
    {
        Path = path;
        Count = count;
        TokenWidth = tokenWidth;
    }

    public string Path { get; }

    public int Count { get; }

    /// <summary>Characters of every token.</summary>
    public int TokenWidth { get; }

    /// <summary>Bytes from one line to the next: name, token, end of line.</summary>
    public int LineWidth => NameWidth + TokenWidth + 1;

    /// <summary>Writes one.</summary>
    /// <param name="folder">The target folder.</param>
    /// <param name="sale">Users of another sale have other names.</param>
    /// <param name="count">How many users.</param>
    /// <param name="terms">The terms of their tokens.</param>
    /// <param name="stop">Gives up.</param>
    public static async Task<UserFile> WriteAsync(string folder, int sale, int count, TokenTerms terms, CancellationToken stop)
    {
        var prefix = $"u{sale:x4}";
        using var first = TokenMint.ForMany(terms, TokenMint.Customer, prefix);
        var users = new UserFile(System.IO.Path.Combine(folder, $"users-{sale}"), count, first.TokenLength);
        using var file = File.OpenHandle(users.Path, FileMode.Create, FileAccess.Write);
        var batches = (count + UsersAtOnce - 1) / UsersAtOnce;
        await Parallel.ForAsync(0, batches, stop, async (batch, token) =>
        {
            using var mint = TokenMint.ForMany(terms, TokenMint.Customer, prefix);
            var from = batch * UsersAtOnce;
            var lines = users.Lines(from, Math.Min(UsersAtOnce, count - from), prefix, mint);
            await RandomAccess.WriteAsync(file, lines, (long)from * users.LineWidth, token);
        });
        return users;
    }

    public void Dispose() => File.Delete(Path);

    private byte[] Lines(int from, int count, string prefix, TokenMint mint)
    {
        var lines = new byte[count * LineWidth];
        for (var i = 0; i < count; i++)
        {
            var line = lines.AsSpan(i * LineWidth, LineWidth);
            Encoding.ASCII.GetBytes(TokenMint.NameOf(prefix, from + i), line);
            mint.Write(from + i, line[NameWidth..]);
            line[^1] = (byte)'\n';
        }
        return lines;
    }
}
