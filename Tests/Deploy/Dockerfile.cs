using System.Text.RegularExpressions;

namespace SecKill.Tests.Deploy;

/// <summary>One instruction of a Dockerfile, continued lines joined.</summary>
internal sealed record Instruction(string Word, string Rest)
{
    /// <summary>Its flags, <c>--name=value</c>.</summary>
    public IReadOnlyDictionary<string, string> Flags { get; } = Words(Rest).TakeWhile(word => word.StartsWith("--", StringComparison.Ordinal))
        .Select(word => word[2..].Split('=', 2)).ToDictionary(flag => flag[0], flag => flag.ElementAtOrDefault(1) ?? "");

    public IReadOnlyList<string> Arguments { get; } = [.. Words(Rest).SkipWhile(word => word.StartsWith("--", StringComparison.Ordinal))];

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>The parts of a Dockerfile that these tests read.</summary>
internal sealed partial class Dockerfile
{
    private Dockerfile(IReadOnlyList<Instruction> instructions) => Instructions = instructions;

    public IReadOnlyList<Instruction> Instructions { get; }

    public IReadOnlyList<Instruction> LastStage =>
        [.. Instructions.Skip(Instructions.Select((instruction, at) => (instruction, at)).Last(one => one.instruction.Word == "FROM").at)];

    /// <summary>The image's environment variables.</summary>
    public IReadOnlyDictionary<string, string> Variables => LastStage.Where(instruction => instruction.Word == "ENV")
        .SelectMany(instruction => instruction.Arguments).Select(one => one.Split('=', 2)).ToDictionary(one => one[0], one => one[1]);

    public static Dockerfile Read(string path)
    {
        var text = string.Join('\n', Repository.Read(path).Split('\n').Where(line => !line.TrimStart().StartsWith('#')));
        return new Dockerfile([.. Continued().Replace(text, " ").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(line => line.Split(' ', 2)).Select(parts => new Instruction(parts[0], parts.ElementAtOrDefault(1) ?? ""))]);
    }

    [GeneratedRegex(@"\\\n\s*")]
    private static partial Regex Continued();
}
