using System.Data.Common;
using System.Reflection;
using Dapper;
using Microsoft.Data.Sqlite;
using MySqlConnector;
using SecKill.ServiceDefaults.Hosting;

namespace SecKill.Grains.Ledger;

/// <summary>
/// Brings a database to this version's schema: runs the numbered scripts of one folder that it has not run yet, in order,
/// and notes each in the table <c>schema_version</c>. In a script, blank lines separate statements.
/// </summary>
internal static class SchemaUpgrade
{
    private const int FirstWithProtocol = 6;

    /// <summary>
    /// Runs the missing versions of a folder under Schema, with words written in for <c>{{name}}</c>, on the only connection that upgrades.
    /// Steps that need code, by version, commit by themselves and run again if interrupted.
    /// </summary>
    /// <exception cref="NotSupportedException">The database was written by a newer version of this program.</exception>
    public static async Task RunAsync(
        DbConnection connection, string folder, Dictionary<string, string> words, TimeProvider time, CancellationToken cancellation,
        Dictionary<int, Func<Task>>? steps = null, int upTo = int.MaxValue, Func<Task>? crossing = null)
    {
        await ExecuteAsync(
            connection, "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL PRIMARY KEY, applied_at BIGINT NOT NULL)", cancellation);
        var present = await connection.ExecuteScalarAsync<long>("SELECT COALESCE(MAX(version), 0) FROM schema_version");
        steps ??= [];
        var scripts = Scripts(folder);
        var newest = scripts.Keys.Concat(steps.Keys).Max();
        if (present > newest)
        {
            throw new NotSupportedException(
                $"The database has schema version {present}, this program knows {newest} at most. Start a newer version of it.");
        }
        var number = await ProtocolAsync(connection, present);
        if (number > Protocol.Number)
            throw new NotSupportedException($"The database is of programs with protocol number {number}, this one has {Protocol.Number}. Start one of those.");
        if (number < Protocol.Number && crossing is not null)
            await crossing();
        foreach (var version in scripts.Keys.Concat(steps.Keys).Where(version => version > present && version <= upTo).Order())
        {
            cancellation.ThrowIfCancellationRequested();
            if (steps.TryGetValue(version, out var step))
                await step();
            // On SQLite a script takes effect whole. MySQL commits at every CREATE and ALTER, so there each statement can be repeated.
            await using var transaction = await connection.BeginTransactionAsync(cancellation);
            foreach (var statement in scripts.TryGetValue(version, out var resource) ? Statements(Read(resource, words)) : [])
                await TryExecuteAsync(connection, statement, transaction, cancellation);
            var now = time.GetUtcNow().ToUnixTimeMilliseconds() * 1000;
            await ExecuteAsync(
                connection, string.Create(CultureInfo.InvariantCulture, $"INSERT INTO schema_version VALUES ({version}, {now})"), cancellation, transaction,
                SqlLedger.UpgradeTimeout);
            await transaction.CommitAsync(cancellation);
        }
        if (number < Protocol.Number && upTo >= FirstWithProtocol)
            await connection.ExecuteAsync("UPDATE deployment SET protocol = @Number WHERE protocol < @Number", new { Protocol.Number });
    }

    /// <summary>The number of the programs that have written the database; this program's for a new one.</summary>
    public static async Task<int> ProtocolAsync(DbConnection connection) =>
        await ProtocolAsync(connection, await connection.ExecuteScalarAsync<long>("SELECT COALESCE(MAX(version), 0) FROM schema_version"));

    private static async Task<int> ProtocolAsync(DbConnection connection, long version) => version switch
    {
        0 => Protocol.Number,
        < FirstWithProtocol => 1,
        // Without a mark it is an earlier program's if its upgrade was broken off.
        _ => await connection.ExecuteScalarAsync<int?>("SELECT protocol FROM deployment") ?? (version == FirstWithProtocol ? 1 : Protocol.Number),
    };

    /// <summary>Runs statements that return nothing, within the connection's own timeout where none is given.</summary>
    public static Task ExecuteAsync(
        DbConnection connection, string statements, CancellationToken cancellation, DbTransaction? transaction = null, TimeSpan? timeout = null) =>
        connection.ExecuteAsync(new CommandDefinition(
            statements, transaction: transaction, commandTimeout: (int?)timeout?.TotalSeconds, cancellationToken: cancellation));

    /// <summary>The statements of a script: its paragraphs, comments apart.</summary>
    internal static IEnumerable<string> Statements(string script) => script.ReplaceLineEndings("\n")
        .Split("\n\n", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        .Where(paragraph => paragraph.Split('\n').Any(line => !line.StartsWith("--", StringComparison.Ordinal)));

    /// <summary>There is no ADD COLUMN IF NOT EXISTS: a column or key that an upgrade before this one has added is no fault.</summary>
    private static async Task TryExecuteAsync(DbConnection connection, string statement, DbTransaction transaction, CancellationToken cancellation)
    {
        try
        {
            await ExecuteAsync(connection, statement, cancellation, transaction, SqlLedger.UpgradeTimeout);
        }
        catch (MySqlException fault) when (fault.ErrorCode is MySqlErrorCode.DuplicateFieldName or MySqlErrorCode.DuplicateKeyName)
        {
        }
        catch (SqliteException fault) when (fault.Message.Contains("duplicate column name", StringComparison.Ordinal))
        {
        }
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
