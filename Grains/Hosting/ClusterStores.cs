using MySqlConnector;

namespace SecKill.Grains.Hosting;

/// <summary>The Redis and the MySQL that the settings name.</summary>
public static class ClusterStores
{
    /// <summary>Adds them, not opened yet.</summary>
    public static void AddClusterStores(this IServiceCollection services)
    {
        services.AddSingleton<RedisSource>(provider => () => Task.FromResult(RedisSettings.Require(provider.GetRequiredService<IConfiguration>())));
        services.AddSingleton<SqlLedger>(provider => ActivatorUtilities.CreateInstance<MySqlLedger>(provider, RequireMySql(provider.GetRequiredService<IConfiguration>())));
    }

    private static string RequireMySql(IConfiguration configuration)
    {
        var mySql = configuration.RequireConnectionString("MySql", "Server=localhost;User ID=seckill;Password=…;Database=seckill");
        try
        {
            return new MySqlConnectionStringBuilder(mySql).Database.Length > 0
                ? mySql
                : throw new ConfigurationException(
                    "ConnectionStrings:MySql names no database. Example: Server=localhost;User ID=seckill;Password=…;Database=seckill");
        }
        catch (ArgumentException)
        {
            // Without the parser's message: a password may end early at a semicolon, and the message would quote the rest.
            throw new ConfigurationException(
                "ConnectionStrings:MySql cannot be read: an option is unknown or has a wrong value. A password with a semicolon needs quotes. Example: Server=localhost;User ID=seckill;Password='…';Database=seckill");
        }
    }
}
