using MySqlConnector;

namespace SecKill.Tests.LocalServers.Servers;

/// <summary>A private MariaDB or MySQL on a clone of <see cref="MySqlTemplate"/>; port and data survive a restart.</summary>
/// <param name="password">The password of the user seckill; letters and digits.</param>
public sealed class MySqlServer(string password = "seckill") : StoreServer("MySQL", StartLimit)
{
    // The first start of a container creates its database and may have to fetch the image.
    private static TimeSpan StartLimit => TimeSpan.FromSeconds(180);

    private const string Operator = "operator";

    /// <summary>More settings, as on its command line.</summary>
    public IReadOnlyList<string> Settings { get; init; } = [];

    public override string ConnectionString =>
        $"Server={Address};Port={Port};User ID=seckill;Password={password};Database=seckill;AllowPublicKeyRetrieval=True";

    private string Data => Path.Combine(Folder, "data");

    private string Copy => Path.Combine(Folder, "copy");

    /// <summary>Copies the data as a crash now would leave them.</summary>
    public async Task KeepCopyAsync()
    {
        await SignalAsync("STOP");
        try
        {
            if (Directory.Exists(Copy))
                Directory.Delete(Copy, recursive: true);
            RunFolder.Copy(Data, Copy);
        }
        finally
        {
            await SignalAsync("CONT");
        }
    }

    /// <summary>Replaces the server by one with the copy's data, as when a lagging replica is promoted.</summary>
    public async Task FallBackAsync()
    {
        await KillAsync();
        Directory.Delete(Data, recursive: true);
        Directory.Move(Copy, Data);
        await StartAsync();
    }

    /// <summary>Makes it read-only, like a replica.</summary>
    public async Task SetReadOnlyAsync(bool isReadOnly)
    {
        await using var connection = new MySqlConnection(
            new MySqlConnectionStringBuilder(ConnectionString) { UserID = Operator, Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new MySqlCommand($"SET GLOBAL read_only = {(isReadOnly ? 1 : 0)}", connection);
        await command.ExecuteNonQueryAsync();
    }

    protected override async Task<ServerCommand> CommandAsync()
    {
        if (MySqlTemplate.Server is { } program)
        {
            if (!Directory.Exists(Data))
                await MySqlTemplate.CloneToAsync(Data);
            return new ServerCommand(program,
            [
                .. MySqlTemplate.CommonSettings(Data), $"--port={Port}", $"--bind-address={Address}", "--skip-name-resolve",
                $"--socket={Path.Combine(Folder, "socket")}", $"--pid-file={Path.Combine(Folder, "pid")}",
                $"--init-file={InitFile()}", "--character-set-server=utf8mb4", "--max-connections=400",
                "--innodb-buffer-pool-size=64M", .. Settings,
            ]);
        }
        if (!Installed.Docker)
            throw Installed.Missing("mariadbd or mysqld");
        Directory.CreateDirectory(Data);
        string[] account = ["MYSQL_RANDOM_ROOT_PASSWORD=1", "MYSQL_DATABASE=seckill", "MYSQL_USER=seckill", $"MYSQL_PASSWORD={password}"];
        return Container.Command("mysql:8", Port, 3306, $"{Data}:/var/lib/mysql", account, ["--max-connections=400"]);
    }

    // A user of our own and an operator: which hosts root may come from differs between MariaDB, MySQL and their versions. No others: a
    // new database lets any local user in as root.
    private string InitFile()
    {
        var path = Path.Combine(Folder, "init.sql");
        OwnerOnlyFile.Write(path, $"""
            CREATE DATABASE IF NOT EXISTS seckill;
            CREATE USER IF NOT EXISTS 'seckill'@'%' IDENTIFIED BY '{password}';
            GRANT ALL PRIVILEGES ON seckill.* TO 'seckill'@'%';
            CREATE USER IF NOT EXISTS '{Operator}'@'%' IDENTIFIED BY '{password}';
            GRANT ALL PRIVILEGES ON *.* TO '{Operator}'@'%';
            DROP USER IF EXISTS 'root'@'localhost', 'root'@'127.0.0.1', 'root'@'::1', ''@'localhost';
            """);
        return path;
    }

    protected override async Task<bool> AnswersAsync()
    {
        await using var connection = new MySqlConnection($"{ConnectionString};Pooling=False;Connection Timeout=2");
        await connection.OpenAsync();
        return await connection.PingAsync();
    }
}
