using System.Text;

namespace SecKill.ServiceDefaults.Hosting;

/// <summary>The answer to <c>--help</c>: what a program is and takes, then its settings, which their options classes describe.</summary>
internal static class Help
{
    private const int Width = 120;
    private const int NameWidth = 30;
    private const int DefaultWidth = 18;

    /// <summary>Writes it.</summary>
    /// <param name="about">The program, its commands, and the settings that no options class has.</param>
    /// <param name="options">The options classes.</param>
    public static string Text(string about, IEnumerable<Type> options)
    {
        var text = new StringBuilder(about).AppendLine();
        foreach (var setting in Setting.Of(options))
            Append(text, setting);
        return text.AppendLine().Append("All settings with ranges and consequences: docs/reference/settings.md").ToString();
    }

    private static void Append(StringBuilder text, Setting setting)
    {
        var line = new StringBuilder("  ").Append(setting.Name.PadRight(NameWidth)).Append(setting.Default.PadRight(DefaultWidth));
        foreach (var word in setting.Summary.Split(' '))
        {
            if (line.Length + 1 + word.Length > Width)
            {
                text.AppendLine(line.ToString().TrimEnd());
                line.Clear().Append(' ', 2 + NameWidth + DefaultWidth);
            }
            line.Append(line.Length > 0 && line[^1] != ' ' ? " " : "").Append(word);
        }
        text.AppendLine(line.ToString().TrimEnd());
    }
}
