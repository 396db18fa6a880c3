using System.Diagnostics;
using SecKill.Tests.LocalServers.Deployments;

namespace SecKill.Bench.Deployments;

/// <summary>Where the product's programs lie.</summary>
/// <param name="Gateway">The gateway's DLL.</param>
/// <param name="Silo">The silo's DLL.</param>
internal sealed record ProductPrograms(string Gateway, string Silo)
{
    /// <summary>Looks for them in a repository or a published folder, or else beside this program.</summary>
    /// <exception cref="BenchException">They are not there.</exception>
    public static ProductPrograms Find(string? folder)
    {
        // Bench/bin/<configuration>/<framework>/ stands beside Gateway/bin/<configuration>/<framework>/.
        var framework = new DirectoryInfo(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        var (configuration, root) = (framework.Parent!.Name, folder ?? framework.Parent!.Parent?.Parent?.Parent?.FullName ?? ".");
        return new ProductPrograms(Find("Gateway"), Find("Silo"));

        string Find(string project)
        {
            var program = $"SecKill.{project}.dll";
            string[] places =
            [
                Path.Combine(root, project, "bin", configuration, framework.Name, program),
                Path.Combine(root, project, "bin", "Release", framework.Name, program),
                Path.Combine(root, project, program),
                Path.Combine(root, program),
            ];
            return Array.Find(places, File.Exists)
                ?? throw new BenchException($"There is no {program} in {root}. Build the solution first, or name its folder with --product.");
        }
    }

    /// <summary>Whether this gateway can be a silo at the same time, with Redis and MySQL.</summary>
    public async Task<bool> CanCoHostAsync(CancellationToken stop)
    {
        using var gateway = Process.Start(new ProcessStartInfo(Node.DotNet, [Gateway, "--help"]) { RedirectStandardOutput = true })!;
        var help = await gateway.StandardOutput.ReadToEndAsync(stop);
        return help.Contains(CoHosted.Setting, StringComparison.Ordinal);
    }
}
