
using SecKill.Tests.LocalServers.Deployments;

namespace SecKill.Tests.Deploy;

/// <summary>The files of the checkout that the tests were built from.</summary>
internal static class Repository
{
    public static string Path(string relative) => System.IO.Path.Combine(Deployment.Root, relative);

    public static string Read(string relative) => File.ReadAllText(Path(relative));
}
