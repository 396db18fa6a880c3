namespace SecKill.Tests.LocalServers.Servers;

/// <summary>If no server is installed: the same server as a container, in the foreground of a docker client.</summary>
public static class Container
{
    public static ServerCommand Command(
        string image, int port, int innerPort, string volume, IReadOnlyList<string> environment, IReadOnlyList<string> command)
    {
        var name = $"seckill-tests-{Guid.NewGuid():N}";
        return new ServerCommand("docker",
        [
            "run", "--rm", "--name", name, "-p", $"127.0.0.1:{port}:{innerPort}", "-v", volume,
            .. environment.SelectMany(setting => new[] { "-e", setting }), image, .. command,
        ])
        {
            AfterExit = $"docker kill {name}; docker wait {name}",
        };
    }
}
