using System.Text.RegularExpressions;

namespace SecKill.ServiceDefaults.Configuration;

/// <summary>Checks a command line of settings: .NET ignores unknown arguments, and the program would start with other settings than given.</summary>
internal static partial class Arguments
{
    // Those of .NET's hosts that have no section.
    private static readonly string[] _ofHosts =
    [
        "urls", "http_ports", "https_ports", "environment", "contentRoot", "applicationName", "webroot", "allowedHosts", "detailedErrors", "shutdownTimeoutSeconds",
        "preferHostingUrls", "suppressStatusMessages", "captureStartupErrors", "hostingStartupAssemblies", "hostingStartupExcludeAssemblies", "startupAssembly", "preventHostingStartup",
    ];

    private static readonly string[] _variables = ["OTEL_", "ASPNETCORE_", "DOTNET_"];

    /// <summary>Refuses what is neither <c>--Name:Of:Setting=value</c> nor <c>--Name:Of:Setting value</c>. Values are never told.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="usage">The answer to <c>--help</c>, for the options that it names.</param>
    /// <exception cref="ConfigurationException">One is not understood.</exception>
    public static void Check(string[] args, Func<string> usage)
    {
        for (var i = 0; i < args.Length; i++)
        {
            var parts = args[i].Split('=', 2);
            var name = NamePattern().Match(parts[0]).Groups[1].Value;
            if (name.Length == 0)
                throw new ConfigurationException($"argument {i + 1} of the command line is no option. Settings are given as --Name:Of:Setting=value; see --help.");
            if (!IsSetting(name))
            {
                var nearest = Spelling.Nearest(name, [.. _ofHosts, .. OptionPattern().Matches(usage()).Select(option => option.Groups[1].Value)]);
                var meant = nearest is null || string.Equals(nearest, name, StringComparison.OrdinalIgnoreCase) ? "" : $" Did you mean --{nearest}?";
                throw new ConfigurationException($"--{name} is no option here.{meant} Settings are given as --Name:Of:Setting=value; see --help.");
            }
            if (parts.Length == 1 && ++i == args.Length)
                throw new ConfigurationException($"--{name} has no value.");
        }
    }

    private static bool IsSetting(string name) => name.Contains(':', StringComparison.Ordinal)
        || _ofHosts.Contains(name, StringComparer.OrdinalIgnoreCase)
        || _variables.Any(start => name.StartsWith(start, StringComparison.OrdinalIgnoreCase));

    [GeneratedRegex("^(?:--|/)([A-Za-z][A-Za-z0-9_.:-]*)$")]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"--([a-z]+)\b")]
    private static partial Regex OptionPattern();
}
