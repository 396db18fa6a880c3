using Microsoft.Data.Sqlite;

namespace SecKill.Tests.Integration.Operations;

/// <summary>The embedded mode on a ledger file that it cannot use: one line that names it, and exit code 1.</summary>
public sealed class LedgerFileTests : IDisposable
{
    private readonly string _folder = RunFolder.Create("ledger-file");

    private string Ledger => Path.Combine(_folder, "ledger.db");

    public LedgerFileTests() => File.WriteAllText(Path.Combine(_folder, "seckill.lock"), "");

    public void Dispose() => RunFolder.Delete(_folder);

    [Fact]
    public Task Rubbish_is_no_database() => RefusesAsync(() => File.WriteAllText(Ledger, new string('x', 5000)));

    [Fact]
    public Task A_folder_is_no_database() => RefusesAsync(() => Directory.CreateDirectory(Ledger));

    [Fact]
    public Task A_path_may_be_longer_than_sqlite_bears()
    {
        var deep = Path.Combine([_folder, .. Enumerable.Repeat(new string('d', 100), 6)]);
        return ProductProgram.RefusesAsync("Gateway", new Dictionary<string, string?> { ["Data:Folder"] = deep }, "ledger.db' cannot be used: SQLite");
    }

    [Fact]
    public async Task A_file_that_cannot_be_written_is_found_at_the_start()
    {
        await new SqliteLedger(Ledger).PrepareAsync(TestContext.Current.CancellationToken);
        SqliteConnection.ClearAllPools();
        // Root ignores file modes; a read-only file format stops root too.
        using (var file = File.OpenWrite(Ledger))
        {
            file.Position = 18;
            file.WriteByte(3);
        }
        await RefusesAsync(() => { });
    }

    [Fact]
    public async Task Another_program_may_hold_the_file()
    {
        await using var other = new SqliteConnection($"Data Source={Ledger};Pooling=False");
        await other.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = other.CreateCommand();
        command.CommandText = "BEGIN EXCLUSIVE";
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        await RefusesAsync(() => { });
    }

    private Task RefusesAsync(Action prepare)
    {
        prepare();
        return ProductProgram.RefusesAsync("Gateway", new Dictionary<string, string?> { ["Data:Folder"] = _folder }, $"'{Ledger}' cannot be used: SQLite");
    }
}
