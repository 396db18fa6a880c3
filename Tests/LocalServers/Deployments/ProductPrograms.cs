namespace SecKill.Tests.LocalServers.Deployments;

/// <summary>The paths of the product's programs.</summary>
public sealed record ProductPrograms(string Gateway, string Silo)
{
    /// <summary>Looks for them in a repository or a published folder; in the repository of this program unless told otherwise.</summary>
    /// <exception cref="LocalServerException">They are not there.</exception>
    public static ProductPrograms Find(string? folder = null)
    {
        var framework = new DirectoryInfo(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        var (configuration, root) = (framework.Parent!.Name, folder ?? Deployment.Root);
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
                ?? throw new LocalServerException($"There is no {program} in {root}. Build the solution first, or name its folder with --product.");
        }
    }
}
