using StackExchange.Redis;

namespace SecKill.ServiceDefaults.Configuration;

/// <summary>The Redis of the settings, and how Orleans connects to it.</summary>
internal static class RedisSettings
{
    /// <summary>The client checks the servers' roles at this interval in seconds, so a promotion is noticed that late.</summary>
    public const int ConfigCheckSeconds = 2;

    /// <summary>The Redis of the settings.</summary>
    /// <exception cref="ConfigurationException">It is missing or cannot be read.</exception>
    public static string Require(IConfiguration configuration)
    {
        var redis = configuration.RequireConnectionString("Redis", "localhost:6379");
        Parse(redis);
        return redis;
    }

    /// <summary>Checks a Redis connection string.</summary>
    /// <exception cref="ConfigurationException">It cannot be read.</exception>
    public static ConfigurationOptions Parse(string redis)
    {
        try
        {
            var options = ConfigurationOptions.Parse(redis);
            return options.EndPoints.Count > 0
                ? options
                : throw new ConfigurationException("ConnectionStrings:Redis names no server. Example: localhost:6379");
        }
        catch (ArgumentException)
        {
            // Without the parser's message: a password with a comma ends early, and the message would quote the rest.
            throw new ConfigurationException(
                "ConnectionStrings:Redis cannot be read: an option is unknown or has a wrong value. A password must have no comma. Example: localhost:6379,password=…,ssl=true");
        }
    }

    /// <summary>How Orleans connects to Redis, in silos and in gateways.</summary>
    /// <param name="redis">The connection string.</param>
    /// <param name="clientName">As Redis lists it.</param>
    /// <exception cref="ConfigurationException">It cannot be read.</exception>
    public static ConfigurationOptions ForOrleans(string redis, string clientName)
    {
        var options = Parse(redis);
        options.AbortOnConnectFail = false;
        options.ClientName = clientName;
        options.ConfigCheckSeconds = ConfigCheckSeconds;
        // Reconnect before a starting silo does, so that a lost membership table is restored before it reads it.
        options.ReconnectRetryPolicy = new LinearRetry(250);
        return options;
    }
}
