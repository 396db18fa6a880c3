using System.Text.RegularExpressions;
using SecKill.Tests.LocalServers.Deployments;

namespace SecKill.Tests.Unit.Docs;

/// <summary>Links between the pages of the documentation lead somewhere.</summary>
public sealed partial class LinksTests
{
    private static readonly string[] _pages =
    [
        .. Directory.GetFiles(Deployment.Root, "*.md"), Path.Combine(Deployment.Root, "deploy/README.md"), Path.Combine(Deployment.Root, "Bench/README.md"),
        .. Directory.GetFiles(Path.Combine(Deployment.Root, "docs"), "*.md", SearchOption.AllDirectories),
    ];

    [Fact]
    public void Every_link_leads_to_a_file_and_to_a_heading_of_it()
    {
        var links = (from page in _pages from Match link in LinkPattern().Matches(TextOf(page)) select (Page: page, Link: link.Groups[1].Value))
            .Where(one => !one.Link.Contains("://", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(links);
        Assert.Empty(links.Where(one => !Leads(one.Page, one.Link)).Select(one => $"{Path.GetRelativePath(Deployment.Root, one.Page)}: {one.Link}"));
    }

    [Fact]
    public void Every_decision_is_in_the_list_of_decisions()
    {
        var folder = Path.Combine(Deployment.Root, "docs/decisions");
        var list = File.ReadAllText(Path.Combine(folder, "README.md"));
        foreach (var record in Directory.GetFiles(folder, "0*.md"))
        {
            var name = Path.GetFileName(record);
            Assert.Contains($"| [{name[..4]}]({name}) | {File.ReadLines(record).First()[7..]} |", list, StringComparison.Ordinal);
        }
    }

    private static bool Leads(string page, string link)
    {
        var parts = link.Split('#', 2);
        var target = parts[0].Length == 0 ? page : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(page)!, parts[0]));
        return Path.Exists(target) && (parts.Length == 1 || !target.EndsWith(".md", StringComparison.Ordinal)
            || HeadingPattern().Matches(TextOf(target)).Any(heading => Anchor(heading.Groups[1].Value) == parts[1]));
    }

    /// <summary>A page without its blocks of code.</summary>
    private static string TextOf(string page) => CodePattern().Replace(File.ReadAllText(page), "");

    /// <summary>The name that a heading has in an address.</summary>
    private static string Anchor(string heading) =>
        PunctuationPattern().Replace(LinkedPattern().Replace(heading, "$1").ToLowerInvariant(), "").Replace(' ', '-');

    [GeneratedRegex("```.*?```", RegexOptions.Singleline)]
    private static partial Regex CodePattern();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex LinkPattern();

    [GeneratedRegex(@"^#+ (.+)$", RegexOptions.Multiline)]
    private static partial Regex HeadingPattern();

    [GeneratedRegex(@"\[([^\]]*)\]\([^)]*\)")]
    private static partial Regex LinkedPattern();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex PunctuationPattern();
}
