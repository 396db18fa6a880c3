using SecKill.Bench.Commands;
using SecKill.Tests.LocalServers.Deployments;
using SecKill.Tests.LocalServers.Servers;

namespace SecKill.Bench.Cluster;

/// <summary>What is printed about a running cluster: addresses and commands.</summary>
internal sealed class ClusterBanner(LocalCluster cluster, NginxServer? proxy, string folder)
{
    /// <summary>The file with settings for other programs to reach the cluster.</summary>
    private string Settings => Path.Combine(folder, "cluster.env");

    private Uri Address => proxy?.Address ?? cluster.Address;

    /// <summary>Prints it once, and writes the settings.</summary>
    public async Task PrintAsync(TextWriter output)
    {
        OwnerOnlyFile.Write(Settings, string.Concat(Variables().Select(variable => $"export {variable.Name}='{variable.Value}'\n")));
        await output.WriteLineAsync($"""

            The cluster is ready: {Address}
              Data, secrets and logs lie in {folder}
              The operators' key (Admin:Key) is in {Path.Combine(folder, "admin.key")}, the signing key in {Path.Combine(folder, "signing.key")}

            """);
        await PrintProcessesAsync(output);
        await output.WriteLineAsync($"""

            In another terminal:
              ./cluster.sh status                   its processes, and the coupons of each silo
              ./cluster.sh add silo                 one more; also: add gateway
              ./cluster.sh stop silo 2              graceful; 'kill' is kill -9
              . {Settings}       then, for example:
                dotnet run -c Release --project Bench -- rehearse --url {Address.OriginalString.TrimEnd('/')} --users 5000 --units 500
                dotnet run -c Release --project Silo -- --audit
                curl -H "Authorization: Bearer $Admin__Key" {cluster.Address.OriginalString.TrimEnd('/')}/api/admin/placement
            Ctrl+C, or ./cluster.sh down, stops it.
            """);
    }

    /// <summary>Prints the running processes and each silo's coupons.</summary>
    public async Task PrintStatusAsync(TextWriter output, CancellationToken stop)
    {
        await output.WriteLineAsync($"{Address}, data in {folder}");
        try
        {
            var placement = (await PlacementReading.TakeAsync(cluster, stop)).ToDictionary(silo => silo.Silo.Name, silo => silo.Coupons);
            await PrintProcessesAsync(output, placement);
        }
        catch (BenchException fault)
        {
            // The process list matters most when silos do not answer.
            await PrintProcessesAsync(output);
            await output.WriteLineAsync(fault.Message);
        }
    }

    private async Task PrintProcessesAsync(TextWriter output, Dictionary<string, int>? placement = null)
    {
        foreach (var member in cluster.Members)
        {
            var state = !member.Node.IsRunning ? "ended" : await member.Node.IsReadyAsync() ? "ready" : "not ready";
            var coupons = placement?.TryGetValue(member.Name, out var count) == true ? $"  {count} coupons" : "";
            await output.WriteLineAsync($"  {member.Name,-10} {member.Node.Address.OriginalString,-24} {state}, pid {member.Node.Pid}{coupons}");
        }
        foreach (var part in cluster.Processes.Where(part => part.Name is "redis" or "mysql"))
            await output.WriteLineAsync($"  {part.Name,-10} {AddressOf(part),-24} pid {part.Pid}");
    }

    private string AddressOf(DeployedProcess store) => $"127.0.0.1:{(store.Name == "redis" ? cluster.RedisServer.Port : cluster.MySqlServer.Port)}";

    private IEnumerable<(string Name, string Value)> Variables()
    {
        yield return (ServerOptions.Variable, Address.OriginalString.TrimEnd('/'));
        yield return ("ConnectionStrings__Redis", cluster.RedisServer.ConnectionString);
        yield return ("ConnectionStrings__MySql", cluster.MySqlServer.ConnectionString);
        yield return ("Cluster__Id", cluster.ClusterId);
        yield return ("Auth__SigningKey", Convert.ToBase64String(cluster.SigningKey));
        yield return ("Admin__Key", cluster.AdminKey);
    }
}
