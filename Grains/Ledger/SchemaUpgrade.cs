using System.Data.Common;
using System.Globalization;
using System.Reflection;

namespace SecKill.Grains.Ledger;

/// <summary>
/// Brings a database to this version's schema: runs the numbered scripts of one folder that it has not run yet, in order,
/// and notes each in the table <c>schema_version</c>.
/// </summary>
internal static class SchemaUpgrade
{
    /// <summary>Runs what is missing.</summary>
    /// <param name="connection">Open; nobody else may be upgrading.</param>
    /// <param name="folder">The folder under Schema.</param>
    /// <param name="words">What to write in for <c>{{name}}</c>.</param>
    /// <param name="cancellation">Ends between two versions.</param>
    /// <param name="steps">
    /// Work that no script can do, by the version that it brings. It commits by itself, and runs again where it was broken off.
    /// </param>
    /// <param name="upTo">The last version to bring; for a test of the next ones.</param>
    /// <exception cref="NotSupportedException">The database was written by a newer version of this program.</exception>
    public static async Task RunAsync(
        DbConnection connection, string folder, Dictionary<string, string> words, CancellationToken cancellation,
        Dictionary<int, Func<Task>>? steps = null, int upTo = int.MaxValue)
    {
        await ExecuteAsync(
            connection, "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL PRIMARY KEY, applied_at BIGINT NOT NULL)", cancellation);
        var present = await PresentVersionAsync(connection, cancellation);
        steps ??= [];
        var scripts = Scripts(folder);
        var newest = scripts.Keys.Concat(steps.Keys).Max();
        if (present > newest)
        {
            throw new NotSupportedException(
                $"The database has schema version {present}, this program knows {newest} at most. Start a newer version of it.");
        }
        foreach (var version in scripts.Keys.Concat(steps.Keys).Where(version => version > present && version <= upTo).Order())
        {
            cancellation.ThrowIfCancellationRequested();
            if (steps.TryGetValue(version, out var step))
                await step();
            // On SQLite a script takes effect whole. MySQL commits at every CREATE, so there each statement can be repeated.
            await using var transaction = await connection.BeginTransactionAsync(cancellation);
            foreach (var statements in scripts.TryGetValue(version, out var resource) ? Split(Read(resource, words)) : [])
                await ExecuteAsync(connection, statements, cancellation, transaction, SqlLedger.UpgradePatience);
            await ExecuteAsync(
                connection,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"INSERT INTO schema_version VALUES ({version}, {DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() * 1000})"),
                cancellation,
                transaction,
                SqlLedger.UpgradePatience);
            await transaction.CommitAsync(cancellation);
        }
    }

    /// <summary>Runs statements that return nothing.</summary>
    /// <param name="connection">Open.</param>
    /// <param name="statements">What to run.</param>
    /// <param name="cancellation">Gives it up.</param>
    /// <param name="transaction">Of which they are a part, or null.</param>
    /// <param name="patience">How long they may take; the connection's own time-out where none is given.</param>
    public static async Task ExecuteAsync(
        DbConnection connection, string statements, CancellationToken cancellation, DbTransaction? transaction = null, TimeSpan? patience = null)
    {
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Our own embedded files.
        command.CommandText = statements;
#pragma warning restore CA2100
        command.Transaction = transaction;
        if (patience is { } limit)
            command.CommandTimeout = (int)limit.TotalSeconds;
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>
    /// Cuts a script at its <c>DELIMITER</c> lines, which are the mysql client's and not the server's: text under the
    /// usual delimiter runs as it is, text under another one is a statement up to each.
    /// </summary>
    internal static IEnumerable<string> Split(string script)
    {
        var delimiter = ";";
        var block = new List<string>();
        foreach (var line in script.Split('\n').Append("DELIMITER ;"))
        {
            if (!line.StartsWith("DELIMITER ", StringComparison.Ordinal))
            {
                block.Add(line);
                continue;
            }
            var text = string.Join('\n', block);
            var parts = delimiter == ";" ? [text] : text.Split(delimiter);
            foreach (var part in parts.Where(part => !string.IsNullOrWhiteSpace(part)))
                yield return part;
            block.Clear();
            delimiter = line["DELIMITER ".Length..].Trim();
        }
    }

    private static async Task<long> PresentVersionAsync(DbConnection connection, CancellationToken cancellation)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT COALESCE(MAX(version), 0) FROM schema_version";
        return Convert.ToInt64(await command.ExecuteScalarAsync(cancellation), CultureInfo.InvariantCulture);
    }

    private static Dictionary<int, string> Scripts(string folder)
    {
        var prefix = $"Schema/{folder}/";
        return Assembly.GetExecutingAssembly().GetManifestResourceNames()
            .Select(name => name.Replace('\\', '/'))
            .Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
            .ToDictionary(name => int.Parse(name.AsSpan(prefix.Length, 3), CultureInfo.InvariantCulture));
    }

    private static string Read(string resource, Dictionary<string, string> words)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)!;
        using var reader = new StreamReader(stream);
        return words.Aggregate(
            reader.ReadToEnd(),
            (text, word) => text.Replace($"{{{{{word.Key}}}}}", word.Value, StringComparison.Ordinal));
    }
}
