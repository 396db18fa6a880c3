namespace SecKill.Bench.Tokens;

/// <summary>Tokens in a file, one a line.</summary>
internal static class TokenFile
{
    private const int TokensAtOnce = 256;

    /// <summary>Writes tokens of the users <c>prefix00000001</c> to <paramref name="count"/>; <c>-</c> is the standard output.</summary>
    /// <exception cref="BenchException">The file cannot be written.</exception>
    public static async Task WriteAsync(TokenTerms terms, string kind, string prefix, int count, string path, CancellationToken stop)
    {
        try
        {
            await using var file = path == "-" ? Console.OpenStandardOutput() : File.Create(path);
            using var mint = TokenMint.ForMany(terms, kind, prefix);
            var lines = new byte[(mint.TokenLength + 1) * TokensAtOnce];
            for (var first = 1; first <= count; first += TokensAtOnce)
            {
                var length = 0;
                for (var user = first; user < first + TokensAtOnce && user <= count; user++)
                {
                    mint.Write(user, lines.AsSpan(length));
                    length += mint.TokenLength;
                    lines[length++] = (byte)'\n';
                }
                await file.WriteAsync(lines.AsMemory(0, length), stop);
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new BenchException($"The tokens cannot be written: {fault.Message}");
        }
    }
}
