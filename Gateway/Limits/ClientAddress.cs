using System.Net;
using System.Net.Sockets;

namespace SecKill.Gateway.Limits;

/// <summary>Which limit a client address falls under.</summary>
internal static class ClientAddress
{
    /// <summary>
    /// How many limits there are, however many addresses come: what is remembered of them is bounded (and forgotten some seconds after it
    /// has become full again). Two addresses share one by chance, which keys that are new at every start make impossible to aim at.
    /// </summary>
    public const int Buckets = 65_536;

    private const int Ipv6PrefixLength = 8;

    /// <summary>The number of an address's limit. An IPv6 client owns a /64 at least, so that counts as one address.</summary>
    public static int BucketOf(IPAddress? address)
    {
        // A Unix socket has none.
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
