using System.Globalization;

namespace SecKill.Tests.LocalServers.Servers;

/// <summary>A private Redis with the persistence advised for production; port and data survive a restart.</summary>
/// <param name="durable">False for no persistence, as for a cache.</param>
/// <param name="password">None unless given.</param>
public sealed class RedisServer(bool durable = true, string? password = null, IReadOnlyList<string>? settings = null)
    : StoreServer("Redis", TimeSpan.FromSeconds(60))
{
    /// <summary>Its process' environment.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();

    public override string ConnectionString => $"{Address}:{Port}" + (password is null ? "" : $",password={password}");

    /// <summary>Loses everything, as a failed disk does; only while Redis is down.</summary>
    public void Wipe()
    {
        if (IsRunning)
            throw new InvalidOperationException("Kill Redis before wiping its data.");
        RunFolder.Delete(Folder);
        Directory.CreateDirectory(Folder);
    }

    /// <summary>Copies its file as it is now; Redis runs on.</summary>
    /// <returns>For <see cref="PutBack"/>.</returns>
    public string CopyFile()
    {
        var copy = RunFolder.Create("redis-copy");
        RunFolder.Copy(Folder, copy);
        return copy;
    }

    /// <summary>Puts an older file in the place of its own; only while Redis is down.</summary>
    public void PutBack(string copy)
    {
        Wipe();
        RunFolder.Copy(copy, Folder);
    }

    /// <summary>How often a server has run a script of those that were loaded.</summary>
    /// <param name="redis">A connection that may ask operators' questions.</param>
    public static async Task<long> ScriptsRunAsync(IConnectionMultiplexer redis)
    {
        var info = await redis.GetServers().Single().InfoRawAsync("commandstats");
        var line = info!.Split('\n').First(line => line.StartsWith("cmdstat_evalsha:", StringComparison.Ordinal));
        return long.Parse(line.Split("calls=")[1].Split(',')[0], CultureInfo.InvariantCulture);
    }

    protected override Task<ServerCommand> CommandAsync() => Task.FromResult(Command());

    private ServerCommand Command()
    {
        string[] log = durable ? ["--appendonly", "yes", "--appendfsync", "always"] : ["--appendonly", "no"];
        string[] all = [.. log, "--maxmemory-policy", "noeviction", "--save", "", .. settings ?? []];
        if (Installed.Redis is { } program)
            return new ServerCommand(program, [.. SecretFile(), "--port", $"{Port}", "--bind", Address, "--protected-mode", "no", "--dir", Folder, .. all]) { Environment = Environment };
        if (!Installed.Docker)
            throw Installed.Missing("redis-server 7.0 or newer");
        return Container.Command("redis:7", Port, 6379, $"{Folder}:/data", [], ["redis-server", .. all, "--requirepass", password ?? ""]);
    }

    /// <summary>The password is in a file that only its owner may read: command lines are visible to all local users.</summary>
    private string[] SecretFile()
    {
        if (password is null)
            return [];
        var path = Path.Combine(Folder, "redis.conf");
        OwnerOnlyFile.Write(path, $"requirepass {password}\n");
        return [path];
    }

    protected override async Task<bool> AnswersAsync()
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync($"{ConnectionString},connectTimeout=1000,connectRetry=0");
        // While the append-only file is read, PING is answered with LOADING.
        return (await redis.GetDatabase().ExecuteAsync("PING")).ToString() == "PONG";
    }
}
