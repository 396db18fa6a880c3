namespace SecKill.ServiceDefaults.Configuration;

/// <summary>Names the configuration section that an options class is read from.</summary>
/// <param name="name">The section.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class SettingsSectionAttribute(string name) : Attribute
{
    /// <summary>The section.</summary>
    public string Name => name;

    /// <summary>The section of an options class.</summary>
    /// <exception cref="InvalidOperationException">The class names none.</exception>
    public static string Of(Type options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return GetCustomAttribute(options, typeof(SettingsSectionAttribute)) is SettingsSectionAttribute section
            ? section.Name
            : throw new InvalidOperationException($"{options} has no {nameof(SettingsSectionAttribute)}.");
    }
}
