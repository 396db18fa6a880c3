using System.Net.Sockets;

namespace SecKill.Gateway.Limits;

/// <summary>Maps client addresses to limits.</summary>
internal static class ClientAddress
{
    /// <summary>
    /// The number of limits, which bounds memory for any number of addresses. Two addresses share one by chance only: hashes are seeded anew
    /// at every start.
    /// </summary>
    public const int Buckets = 65_536;

    private const int Ipv6PrefixLength = 8;

    /// <summary>The limit of an address. An IPv6 client owns at least a /64, which counts as one address.</summary>
    public static int BucketOf(IPAddress? address)
    {
        // A Unix socket has no address.
        if (address is null)
            return 0;
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        var bytes = address.GetAddressBytes().AsSpan();
        var hash = new HashCode();
        hash.AddBytes(address.AddressFamily == AddressFamily.InterNetworkV6 ? bytes[..Ipv6PrefixLength] : bytes);
        return (int)((uint)hash.ToHashCode() % Buckets);
    }
}
