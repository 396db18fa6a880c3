namespace SecKill.Tests.LocalServers.Servers;

/// <summary>Several Redis servers that a product takes for one.</summary>
public abstract class RedisGroup : IAsyncDisposable
{
    /// <summary>What the product is told.</summary>
    public abstract string ConnectionString { get; }

    public abstract IReadOnlyList<RedisServer> Servers { get; }

    /// <summary>Answers when they know each other and serve.</summary>
    public abstract Task StartAsync();

    public virtual async ValueTask DisposeAsync()
    {
        foreach (var server in Servers)
            await server.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
