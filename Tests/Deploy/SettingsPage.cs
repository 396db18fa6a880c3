namespace SecKill.Tests.Deploy;

/// <summary>The page of settings, <c>docs/reference/settings.md</c>, by program.</summary>
internal static class SettingsPage
{
    /// <summary>The part of a program.</summary>
    public static string Of(string program)
    {
        var parts = Repository.Read("docs/reference/settings.md").Split("\n## ");
        return parts.Single(part => part.StartsWith(program, StringComparison.OrdinalIgnoreCase));
    }
}
