namespace SecKill.Tests.LocalServers.Servers;

/// <summary>An empty data directory, made once a run; copying it is several times faster than making another.</summary>
public static class MySqlTemplate
{
    private static readonly Lazy<Task<string>> _template = new(CreateAsync);

    public static string? Server { get; } = Installed.Find("mariadbd", "mysqld");

    public static async Task CloneToAsync(string folder) => RunFolder.Copy(await _template.Value, folder);

    /// <summary>Needed when the data is made and whenever it is used. The machine's own configuration must not leak in.</summary>
    public static IEnumerable<string> CommonSettings(string data)
    {
        yield return "--no-defaults";
        yield return $"--datadir={data}";
        // As root the server needs --user=root to start.
        if (Environment.IsPrivilegedProcess)
            yield return "--user=root";
        if (IsMariaDb)
            yield return "--innodb-log-file-size=16M";
    }

    // Debian's mysqld is a link to mariadbd.
    private static bool IsMariaDb =>
        Path.GetFileName(File.ResolveLinkTarget(Server!, returnFinalTarget: true)?.FullName ?? Server!)
            .Contains("mariadb", StringComparison.Ordinal);

    private static async Task<string> CreateAsync()
    {
        var data = Path.Combine(RunFolder.Create("mysql-template"), "data");
        if (!IsMariaDb)
        {
            await Command.OutputOfAsync(Server!, [.. CommonSettings(data), "--initialize-insecure"]);
            return data;
        }
        var install = Installed.Find("mariadb-install-db", "mysql_install_db") ?? throw Installed.Missing("mariadb-install-db");
        await Command.OutputOfAsync(install, [.. CommonSettings(data), "--auth-root-authentication-method=normal", "--skip-test-db"]);
        return data;
    }
}
