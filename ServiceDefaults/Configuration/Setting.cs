using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace SecKill.ServiceDefaults.Configuration;

/// <summary>One setting, as its options class describes it: by its XML comment, its default and its range.</summary>
/// <param name="Name"><c>Section:Property</c>.</param>
/// <param name="Default">The default, as it is written in a setting; a word where it depends on the machine.</param>
/// <param name="Range">The smallest and the largest value; empty where any value of the type is taken.</param>
/// <param name="Description">The comment; empty where the assembly's documentation file is missing.</param>
internal sealed partial record Setting(string Name, string Default, string Range, string Description)
{
    /// <summary>The first sentence of <see cref="Description"/>.</summary>
    public string Summary => FirstSentence().Match(Description).Value;

    /// <summary>The settings of some options classes, in the order of their declaration.</summary>
    public static IReadOnlyList<Setting> Of(IEnumerable<Type> options)
    {
        Type[] types = [.. options];
        var commentsOf = types.Select(type => type.Assembly).Distinct().ToDictionary(assembly => assembly, CommentsIn);
        return [.. types.SelectMany(type =>
        {
            var (section, defaults, comments) = (SettingsSectionAttribute.Of(type), Activator.CreateInstance(type)!, commentsOf[type.Assembly]);
            return PropertiesOf(type).Select(property => new Setting($"{section}:{property.Name}", DefaultOf(property, defaults), RangeOf(property), comments.GetValueOrDefault($"P:{type.FullName}.{property.Name}", "")));
        })];
    }

    /// <summary>The properties of an options class that are settings.</summary>
    internal static IEnumerable<PropertyInfo> PropertiesOf(Type options) =>
        options.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite);

    private static string DefaultOf(PropertyInfo property, object defaults) => property.GetCustomAttribute<DefaultValueAttribute>()?.Value as string
        ?? property.GetValue(defaults) switch
        {
            null or "" => "none",
            bool value => value ? "true" : "false",
            IFormattable value => value.ToString(null, CultureInfo.InvariantCulture),
            var value => $"{value}",
        };

    private static string RangeOf(PropertyInfo property) =>
        property.GetCustomAttribute<RangeAttribute>() is { } range ? string.Create(CultureInfo.InvariantCulture, $"{range.Minimum} to {range.Maximum}") : "";

    /// <summary>The summaries of an assembly's properties, by their names in its documentation file.</summary>
    private static Dictionary<string, string> CommentsIn(Assembly assembly)
    {
        var file = Path.ChangeExtension(assembly.Location, ".xml");
        return !File.Exists(file) ? [] : XDocument.Load(file).Descendants("member")
            .Select(member => (Name: (string)member.Attribute("name")!, Summary: member.Element("summary")))
            .Where(member => member.Summary is not null && member.Name.StartsWith("P:", StringComparison.Ordinal))
            .ToDictionary(member => member.Name, member => TextOf(member.Summary!));
    }

    /// <summary>The text of a comment, with references replaced by names.</summary>
    private static string TextOf(XElement comment)
    {
        var words = comment.DescendantNodes().Select(node => node switch
        {
            XText text => text.Value,
            XElement { Name.LocalName: "see" } see => ((string?)see.Attribute("cref"))?.Split('.', ':')[^1] ?? "",
            _ => "",
        });
        return Whitespace().Replace(string.Concat(words), " ").Trim();
    }

    [GeneratedRegex(@"^.*?\.(?= |$)")]
    private static partial Regex FirstSentence();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Whitespace();
}
