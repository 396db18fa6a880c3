using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace SecKill.ServiceDefaults.Configuration;

/// <summary>Reads settings; a wrong one is found before any connection is made, and named as it was written.</summary>
public static class Settings
{
    /// <summary>Reads the section of an options class and checks it. The section is then among those of <see cref="UnknownSettings"/>.</summary>
    /// <exception cref="ConfigurationException">A value cannot be read or is out of bounds; the message names all such settings.</exception>
    public static TOptions Read<TOptions>(this IConfiguration configuration) where TOptions : class, new()
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var section = SettingsSectionAttribute.Of(typeof(TOptions));
        UnknownSettings.Note(configuration, section, typeof(TOptions));
        var options = Bind<TOptions>(configuration.GetSection(section));
        var faults = new List<ValidationResult>();
        if (!Validator.TryValidateObject(options, new ValidationContext(options), faults, validateAllProperties: true))
            throw new ConfigurationException(string.Join(" ", faults.Select(fault => Text(section, fault))));
        return options;
    }

    /// <summary>Makes a section, read and checked, the options of that type.</summary>
    /// <inheritdoc cref="Read"/>
    public static void AddSettings<TOptions>(this IServiceCollection services, IConfiguration configuration)
        where TOptions : class, new() => services.AddSingleton(Options.Create(configuration.Read<TOptions>()));

    /// <summary>A required connection string.</summary>
    /// <exception cref="ConfigurationException">It is missing.</exception>
    public static string RequireConnectionString(this IConfiguration configuration, string name, string example) =>
        configuration.GetConnectionString(name) is { Length: > 0 } value
            ? value
            : throw new ConfigurationException(
                $"ConnectionStrings:{name} is missing. Set the environment variable ConnectionStrings__{name}, for example to: {example}");

    private static TOptions Bind<TOptions>(IConfiguration section) where TOptions : class, new()
    {
        try
        {
            return section.Get<TOptions>() ?? new TOptions();
        }
        catch (InvalidOperationException fault)
        {
            // Its message names the value and the setting.
            throw new ConfigurationException(fault.Message, fault);
        }
    }

    private static string Text(string section, ValidationResult fault) =>
        string.Join(", ", fault.MemberNames.Select(member => $"{section}:{member}")) is { Length: > 0 } settings
            ? $"{settings}: {fault.ErrorMessage}"
            : $"{fault.ErrorMessage}";
}
