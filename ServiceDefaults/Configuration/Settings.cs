using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace SecKill.ServiceDefaults.Configuration;

/// <summary>Reads settings into options classes; a wrong one ends the start before any connection is made, and is named as it was written.</summary>
internal static class Settings
{
    private static readonly MethodInfo _add = typeof(Settings).GetMethod(nameof(Add), BindingFlags.NonPublic | BindingFlags.Static)!;

    /// <summary>Makes each class the options of its section. The host checks them when it starts.</summary>
    public static void AddSettings(this IServiceCollection services, IEnumerable<Type> options)
    {
        foreach (var type in options)
        {
            services.AddSingleton(new KnownOptions(type));
            _add.MakeGenericMethod(type).Invoke(null, [services]);
        }
    }

    /// <summary>Reads the section of an options class and checks it: for what decides how the host is built.</summary>
    /// <exception cref="ConfigurationException">A value cannot be read or is out of bounds; the message names all such settings.</exception>
    public static TOptions Read<TOptions>(this IConfiguration configuration) where TOptions : class, new()
    {
        var (section, options) = (new Section<TOptions>(configuration), new TOptions());
        section.Configure(options);
        return section.FaultsOf(options) is { } faults ? throw new ConfigurationException(faults) : options;
    }

    /// <summary>A required connection string.</summary>
    /// <exception cref="ConfigurationException">It is missing.</exception>
    public static string RequireConnectionString(this IConfiguration configuration, string name, string example) =>
        configuration.GetConnectionString(name) is { Length: > 0 } value
            ? value
            : throw new ConfigurationException(
                $"ConnectionStrings:{name} is missing. Set the environment variable ConnectionStrings__{name}, for example to: {example}");

    private static void Add<TOptions>(IServiceCollection services) where TOptions : class, new()
    {
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigureOptions<TOptions>, Section<TOptions>>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<TOptions>, Section<TOptions>>());
        services.AddOptions<TOptions>().ValidateOnStart();
    }

    private sealed class Section<TOptions>(IConfiguration configuration) : IConfigureOptions<TOptions>, IValidateOptions<TOptions> where TOptions : class
    {
        private readonly string _name = SettingsSectionAttribute.Of(typeof(TOptions));

        public void Configure(TOptions options)
        {
            try
            {
                configuration.GetSection(_name).Bind(options);
            }
            catch (InvalidOperationException fault)
            {
                // Its message names the value and the setting.
                throw new ConfigurationException(fault.Message, fault);
            }
        }

        public ValidateOptionsResult Validate(string? name, TOptions options) =>
            FaultsOf(options) is { } faults ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;

        /// <summary>The faults of all settings of the section; null if there is none.</summary>
        public string? FaultsOf(TOptions options)
        {
            var faults = new List<ValidationResult>();
            return Validator.TryValidateObject(options, new ValidationContext(options), faults, validateAllProperties: true) ? null : string.Join(" ", faults.Select(Text));
        }

        private string Text(ValidationResult fault) =>
            string.Join(", ", fault.MemberNames.Select(member => $"{_name}:{member}")) is { Length: > 0 } settings
                ? $"{settings}: {fault.ErrorMessage}"
                : $"{fault.ErrorMessage}";
    }
}

/// <summary>An options class that this program reads, for <see cref="UnknownSettings"/>.</summary>
internal sealed record KnownOptions(Type Type);
