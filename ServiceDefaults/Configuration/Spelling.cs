namespace SecKill.ServiceDefaults.Configuration;

/// <summary>Suggestions for mistyped words.</summary>
internal static class Spelling
{
    /// <summary>The nearest word, ignoring case; null if none is near.</summary>
    public static string? Nearest(string typed, IEnumerable<string> words) => words
        .Select(word => (Word: word, Distance: Distance(typed.ToUpperInvariant(), word.ToUpperInvariant())))
        .Where(one => one.Distance <= Math.Max(2, one.Word.Length / 3) && one.Distance < one.Word.Length / 2.0)
        .OrderBy(one => one.Distance).Select(one => one.Word).FirstOrDefault();

    /// <summary>The Levenshtein distance: insertions, deletions and substitutions.</summary>
    private static int Distance(string from, string to)
    {
        var row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (from[i - 1] == to[j - 1] ? 0 : 1)));
        }
        return row[^1];
    }
}
