using System.ComponentModel;
using System.Globalization;
using System.Reflection;
using System.Text;
using Microsoft.Extensions.Configuration;
using SecKill.ServiceDefaults.Configuration;
using SecKill.Tests.LocalServers.Deployments;

namespace SecKill.Tests.Unit.Hosting;

/// <summary>Settings are described once, by their options classes; <c>--help</c> and docs/reference/settings.md say what these say.</summary>
public sealed class SettingsPageTests
{
    private static readonly (string Title, string Others, IReadOnlyList<Type> Options)[] _programs =
    [
        ("Gateway", """
            `ASPNETCORE_URLS` (default `http://localhost:20080`), `ConnectionStrings:Redis` (none: the embedded mode),
            `OTEL_EXPORTER_OTLP_ENDPOINT` and OpenTelemetry's other variables, `Logging:…` of .NET
            (`Logging:Console:FormatterName` is `simple` or `json`). With a silo in its process, in the embedded mode or by
            `Silo:CoHosted`, also `Coupons:…`, `Redemptions:…` and `Passwords:…` of the silo, and with the latter `ConnectionStrings:MySql`.
            """, SecKill.Gateway.Usage.Settings),
        ("Silo", """
            `ASPNETCORE_URLS` (default `http://localhost:20081`), `ConnectionStrings:Redis` and `ConnectionStrings:MySql`
            (needed), `OTEL_EXPORTER_OTLP_ENDPOINT` and OpenTelemetry's other variables, `Logging:…` of .NET.
            """, SecKill.Silo.Usage.Settings),
    ];

    [Fact]
    public void The_page_says_what_the_options_classes_say()
    {
        var (page, expected) = (Path.Combine(Deployment.Root, "docs/reference/settings.md"), Page());
        if (Environment.GetEnvironmentVariable("RENEW_SETTINGS") == "1")
            File.WriteAllText(page, expected);
        Assert.True(File.ReadAllText(page) == expected, "docs/reference/settings.md is out of date: run this test with RENEW_SETTINGS=1.");
    }

    [Fact]
    public void Each_setting_has_a_description_and_its_default_is_said()
    {
        foreach (var options in _programs.SelectMany(program => program.Options).Distinct())
        {
            var (settings, defaults, bound) = (Setting.Of([options]), Activator.CreateInstance(options)!, Activator.CreateInstance(options)!);
            Assert.All(settings, setting => Assert.Matches(@"^\p{Lu}\S* \S.*\.$", setting.Summary));

            // Set as it is said, the default is the default; where it depends on the machine, it is said in words.
            var said = settings.Select(setting => (setting.Name, setting.Default, Property: options.GetProperty(setting.Name.Split(':')[1])!))
                .Where(setting => setting.Property.GetCustomAttribute<DefaultValueAttribute>() is null && setting.Default != "none").ToList();
            var section = settings[0].Name.Split(':')[0];
            new ConfigurationBuilder().AddInMemoryCollection(said.ToDictionary(setting => setting.Name, string? (setting) => setting.Default)).Build()
                .GetSection(section).Bind(bound);
            Assert.All(said, setting => Assert.Equal(setting.Property.GetValue(defaults), setting.Property.GetValue(bound)));
        }
    }

    [Fact]
    public void Help_names_each_setting_in_lines_that_fit()
    {
        foreach (var (help, options) in new[] { (SecKill.Gateway.Usage.Text(), SecKill.Gateway.Usage.Settings), (SecKill.Silo.Usage.Text(), SecKill.Silo.Usage.Settings) })
        {
            Assert.All(Setting.Of(options), setting => Assert.Contains($"  {setting.Name} ", help, StringComparison.Ordinal));
            Assert.All(help.Split('\n'), line => Assert.InRange(line.Length, 0, 150));
        }
    }

    private static string Page()
    {
        var page = new StringBuilder("""
            # Settings

            Environment variables (`Name__Of__Setting`), `appsettings.json` or arguments (`--Name:Of:Setting=value`). A wrong
            value ends the start with a line that names the setting; a name that no program knows is warned of. This page is
            made from the options classes by `SettingsPageTests`; `--help` says the same, shorter.

            """);
        foreach (var (title, others, options) in _programs)
        {
            page.Append(CultureInfo.InvariantCulture, $"\n## {title}\n\n{others}\n\n| Setting | Default | Range | |\n| --- | --- | --- | --- |\n");
            foreach (var setting in Setting.Of(options))
                page.Append(CultureInfo.InvariantCulture, $"| `{setting.Name}` | `{setting.Default}` | {setting.Range} | {setting.Description.Replace("|", "\\|", StringComparison.Ordinal)} |\n");
        }
        return page.ToString();
    }
}
