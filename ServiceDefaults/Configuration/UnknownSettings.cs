using Microsoft.Extensions.Configuration.CommandLine;

namespace SecKill.ServiceDefaults.Configuration;

/// <summary>
/// Finds settings in our sections that no options class has: misspelt ones, which .NET ignores silently. Values are never printed.
/// </summary>
internal static partial class UnknownSettings
{
    // Of .NET, ASP.NET Core and Orleans.
    private static readonly string[] _others = ["Logging", "Kestrel", "Authentication", "HostFiltering", "Orleans"];

    // Read one by one, without options.
    private static readonly string[] _connections = ["Redis", "MySql"];

    /// <summary>Warns of each, with the nearest known name.</summary>
    public static void Warn(IServiceProvider services)
    {
        var logger = services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(UnknownSettings));
        foreach (var (setting, hint) in Find(services.GetRequiredService<IConfiguration>(), services.GetServices<KnownOptions>().Select(known => known.Type)))
            LogUnknown(logger, setting, hint);
    }

    /// <summary>The unknown settings, each with a hint at what may be meant.</summary>
    /// <param name="configuration">All settings.</param>
    /// <param name="known">The options classes that the program reads.</param>
    public static IReadOnlyList<(string Setting, string Hint)> Find(IConfiguration configuration, IEnumerable<Type> known)
    {
        var sections = new Dictionary<string, string[]>(StringComparer.OrdinalIgnoreCase) { ["ConnectionStrings"] = _connections };
        foreach (var options in known)
            sections[SettingsSectionAttribute.Of(options)] = [.. Setting.PropertiesOf(options).Select(property => property.Name)];
        // Environment variables may be for another program; the command line is for this one.
        var typed = configuration is IConfigurationRoot root ? root.Providers.OfType<CommandLineConfigurationProvider>().ToArray() : [];
        return [.. configuration.AsEnumerable().Where(entry => entry.Value is not null).Select(entry => entry.Key.Split(':', 2)).Where(path => path.Length == 2)
            .Select(path => (Setting: $"{path[0]}:{path[1]}", Hint: (HintAt(sections, path[0], path[1]) ?? HintAtTyped(path[0], path[1]))!))
            .Where(found => found.Hint is not null).OrderBy(found => found.Setting, StringComparer.Ordinal)];

        string? HintAtTyped(string section, string name) =>
            Array.Exists(typed, given => given.TryGet($"{section}:{name}", out _)) && !sections.ContainsKey(section) && !_others.Contains(section, StringComparer.OrdinalIgnoreCase)
                ? "See --help."
                : null;
    }

    /// <returns>Null if the setting is known or not ours.</returns>
    private static string? HintAt(Dictionary<string, string[]> sections, string section, string name)
    {
        if (!sections.TryGetValue(section, out var names))
        {
            // A misspelt section counts as ours if it has one of our settings.
            var meant = Spelling.Nearest(section, sections.Keys);
            return meant is not null && sections[meant].Contains(name, StringComparer.OrdinalIgnoreCase) ? $"Did you mean {meant}:{name}?" : null;
        }
        return names.Contains(name, StringComparer.OrdinalIgnoreCase) ? null
            : Spelling.Nearest(name.Split(':')[0], names) is { } nearest ? $"Did you mean {section}:{nearest}?"
            : $"{section} has {string.Join(", ", names)}.";
    }

    [LoggerMessage(EventIds.SettingUnknown, LogLevel.Warning, "{Setting} is no setting and is ignored. {Hint}")]
    private static partial void LogUnknown(ILogger logger, string setting, string hint);
}
