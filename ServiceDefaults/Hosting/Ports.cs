using System.Net;
using System.Net.Sockets;

namespace SecKill.ServiceDefaults.Hosting;

/// <summary>
/// Finds free ports, and checks that the program's own are free before it opens data or joins a cluster, instead of failing seconds later
/// in mid-start. A port taken in between still fails there.
/// </summary>
internal static class Ports
{
    /// <summary>Refuses web server addresses that are not available.</summary>
    /// <exception cref="ConfigurationException">One cannot be read, is taken, or is not of this machine.</exception>
    public static void RefuseTaken(this WebApplicationBuilder builder)
    {
        var endpoints = builder.Configuration.GetSection("Kestrel:Endpoints").GetChildren().Select(endpoint => endpoint["Url"] ?? "").ToArray();
        var (setting, urls) = endpoints.Length > 0
            ? ("Kestrel:Endpoints", endpoints)
            : ("ASPNETCORE_URLS", (builder.WebHost.GetSetting(WebHostDefaults.ServerUrlsKey) ?? "").Split(';'));
        foreach (var url in urls)
        {
            if (url.Trim() is { Length: > 0 } one && Parse(one, setting) is { IsUnixPipe: false, IsNamedPipe: false } address)
                Refuse(AddressesOf(address.Host), address.Port, one, "ASPNETCORE_URLS or Telemetry:MetricsPort");
        }
    }

    private static BindingAddress Parse(string url, string setting)
    {
        try
        {
            var address = BindingAddress.Parse(url);
            return address.Port <= IPEndPoint.MaxPort ? address : throw new FormatException($"Invalid port in '{url}'.");
        }
        catch (FormatException fault)
        {
            throw new ConfigurationException($"{setting} cannot be read: {fault.Message}", fault);
        }
    }

    // As Kestrel reads a host.
    private static IPAddress[] AddressesOf(string host) =>
        string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase) ? [IPAddress.Loopback, IPAddress.IPv6Loopback]
        : IPAddress.TryParse(host, out var address) ? [address]
        : [IPAddress.IPv6Any, IPAddress.Any];

    /// <summary>Refuses a port that is not free at one of the addresses.</summary>
    /// <exception cref="ConfigurationException">It is taken, or not of this machine.</exception>
    public static void Refuse(IPAddress[] addresses, int port, string what, string setting)
    {
        foreach (var address in addresses)
        {
            try
            {
                using var probe = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                probe.Bind(new IPEndPoint(address, port));
            }
            catch (SocketException fault) when (fault.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                throw new ConfigurationException($"{what}: another process has this port. Stop that one, or choose another port with {setting}.", fault);
            }
            catch (SocketException fault) when (fault.SocketErrorCode is SocketError.AccessDenied or SocketError.AddressNotAvailable && addresses.Length == 1)
            {
                throw new ConfigurationException($"{what}: {fault.Message}. Choose another address with {setting}.", fault);
            }
            catch (SocketException)
            {
                // For example no IPv6 on this machine; the web server reports what it needs.
            }
        }
    }

    /// <summary>Free ports on loopback. All are held until all are known, so they differ.</summary>
    public static int[] Free(int count)
    {
        var probes = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        foreach (var probe in probes)
            probe.Start();
        var ports = Array.ConvertAll(probes, probe => ((IPEndPoint)probe.LocalEndpoint).Port);
        foreach (var probe in probes)
            probe.Dispose();
        return ports;
    }
}
