using MySqlConnector;

namespace SecKill.Tests.LocalServers.Servers;

/// <summary>A private MariaDB or MySQL on a clone of <see cref="MySqlTemplate"/>; port and data survive a restart.</summary>
/// <param name="password">The password of the user seckill; letters and digits.</param>
public sealed class MySqlServer(string password = "seckill") : IAsyncDisposable
{
    // The first start of a container creates its database and may have to fetch the image.
    private static readonly TimeSpan _startLimit = TimeSpan.FromSeconds(180);
    private static readonly TimeSpan _stopLimit = TimeSpan.FromSeconds(90);
    private const string Operator = "operator";
    private readonly bool _isKept;
    private string? _folder;
    private ServerProcess? _process;

    /// <summary>Its address.</summary>
    public string Address { get; init; } = "127.0.0.1";

    public int Port { get; } = FreePort.Next();

    /// <summary>The data folder. A given one is kept on disposal.</summary>
    public string Folder
    {
        get => _folder ??= RunFolder.Create("mysql");
        init => (_folder, _isKept) = (Directory.CreateDirectory(value).FullName, true);
    }

    /// <summary>More settings, as on its command line.</summary>
    public IReadOnlyList<string> Settings { get; init; } = [];

    public string ConnectionString =>
        $"Server={Address};Port={Port};User ID=seckill;Password={password};Database=seckill;AllowPublicKeyRetrieval=True";

    public int Pid => _process?.Pid ?? throw new InvalidOperationException("MySQL does not run.");

    private string Data => Path.Combine(Folder, "data");

    private string Copy => Path.Combine(Folder, "copy");

    public async Task StartAsync()
    {
        _process = await ServerProcess.StartAsync(await CommandAsync());
        await Eventually.EqualAsync("MySQL starts", 1L, PingAsync, _startLimit);
    }

    public async Task KillAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
        _process = null;
    }

    /// <summary>In good order.</summary>
    public Task StopAsync() => _process?.StopAsync(_stopLimit) ?? Task.CompletedTask;

    public async Task RestartAsync()
    {
        await KillAsync();
        await StartAsync();
    }

    /// <summary>Copies the data as a crash now would leave them.</summary>
    public async Task KeepCopyAsync()
    {
        await SignalAsync("STOP");
        try
        {
            if (Directory.Exists(Copy))
                Directory.Delete(Copy, recursive: true);
            MySqlTemplate.CopyFolder(Data, Copy);
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

    /// <summary>Freezes (STOP) or wakes (CONT) the server: a database that hangs instead of refusing.</summary>
    public Task SignalAsync(string name) => _process?.SignalAsync(name) ?? Task.CompletedTask;

    /// <summary>Makes it read-only, like a replica.</summary>
    public async Task SetReadOnlyAsync(bool isReadOnly)
    {
        await using var connection = new MySqlConnection(
            new MySqlConnectionStringBuilder(ConnectionString) { UserID = Operator, Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new MySqlCommand($"SET GLOBAL read_only = {(isReadOnly ? 1 : 0)}", connection);
        await command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        if (_folder is not null && !_isKept)
            RunFolder.Delete(_folder);
    }

    private async Task<ServerCommand> CommandAsync()
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

    private async Task<long> PingAsync()
    {
        if (_process!.HasExited)
            throw new EventuallyException($"MySQL ended while starting. It wrote last:\n{_process.Output}");
        await using var connection = new MySqlConnection($"{ConnectionString};Pooling=False;Connection Timeout=2");
        await connection.OpenAsync();
        await using var command = new MySqlCommand("SELECT 1", connection);
        return Convert.ToInt64(await command.ExecuteScalarAsync());
    }
}
