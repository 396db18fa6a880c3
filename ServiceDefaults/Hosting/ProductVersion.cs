using System.Reflection;

namespace SecKill.ServiceDefaults.Hosting;

/// <summary>The version of this build: that of <c>Directory.Build.props</c>, and the commit where it was built from a repository.</summary>
internal static class ProductVersion
{
    /// <summary>Version and commit, such as <c>0.1.0+81f01d2…</c>; what <c>--version</c> answers.</summary>
    public static string Text { get; } = typeof(ProductVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <summary>The version alone.</summary>
    public static string Number { get; } = Text.Split('+')[0];

    /// <summary>The commit; <c>unknown</c> where it was built without its repository.</summary>
    public static string Commit { get; } = Text.Split('+') is [_, var commit] ? commit : "unknown";
}
