namespace SecKill.Tests.Integration.Guarantees;

/// <summary>Settings with which a program would start, if there are stores at these addresses; one of them another.</summary>
internal static class GoodSettings
{
    private const string Key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    /// <summary>Nothing listens there: for what is refused before a store is asked.</summary>
    public static string Nowhere => $"127.0.0.1:{FreePort.Next()}";

    public static Dictionary<string, string?> OfSilo(string setting, string value, RedisServer? redis = null, MySqlServer? mySql = null) => new()
    {
        ["ConnectionStrings:Redis"] = redis?.ConnectionString ?? Nowhere,
        ["ConnectionStrings:MySql"] = mySql?.ConnectionString ?? $"Server=127.0.0.1;Port={FreePort.Next()};User ID=seckill;Database=seckill",
        ["Silo:Port"] = $"{FreePort.Next()}",
        ["Silo:GatewayPort"] = $"{FreePort.Next()}",
        ["Silo:AdvertisedAddress"] = "127.0.0.1",
        ["Cluster:Id"] = $"startup-{Guid.NewGuid():N}",
        [setting] = value,
    };

    public static Dictionary<string, string?> OfGateway(string setting, string value) => new()
    {
        ["ConnectionStrings:Redis"] = Nowhere,
        ["Auth:SigningKey"] = Key,
        ["Cluster:Id"] = $"startup-{Guid.NewGuid():N}",
        [setting] = value,
    };

    /// <summary>The embedded mode, which needs nothing but a folder.</summary>
    public static Dictionary<string, string?> OfFolder(string folder) => new() { ["Data:Folder"] = folder };
}
