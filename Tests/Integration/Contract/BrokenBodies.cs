namespace SecKill.Tests.Integration.Contract;

/// <summary>Ways to break a body, each made from the valid one of the route it is sent to.</summary>
internal static class BrokenBodies
{
    private static readonly Dictionary<string, Func<string, byte[]>> _ways = new()
    {
        ["empty"] = _ => [],
        ["blanks only"] = _ => " \r\n\t "u8.ToArray(),
        ["no json"] = _ => "username=a"u8.ToArray(),
        ["html"] = _ => "<html></html>"u8.ToArray(),
        ["an array"] = body => Utf8($"[{body}]"),
        ["a number"] = _ => "7"u8.ToArray(),
        ["a text"] = _ => "\"text\""u8.ToArray(),
        ["null"] = _ => "null"u8.ToArray(),
        ["true"] = _ => "true"u8.ToArray(),
        ["every member an object"] = body => Utf8(WithValues(body, "{}")),
        ["every member an array"] = body => Utf8(WithValues(body, "[1]")),
        ["every member true"] = body => Utf8(WithValues(body, "true")),
        ["truncated"] = body => Utf8(body[..^1]),
        ["truncated within a text"] = body => Utf8(body[..12]),
        ["twice"] = body => Utf8(body + body),
        ["with something after it"] = body => Utf8(body + "x"),
        ["with a trailing comma"] = body => Utf8(body[..^1] + ",}"),
        ["with a comment"] = body => Utf8("/* */" + body),
        ["single quotes"] = body => Utf8(body.Replace('"', '\'')),
        ["duplicate members"] = body => Utf8(body[..^1] + "," + body[1..]),
        ["nul bytes between"] = body => Utf8(body.Replace(",", ",\0", StringComparison.Ordinal)),
        ["nul bytes only"] = _ => new byte[64],
        ["bad utf-8 in a text"] = body => Replaced(body, [0xC3, 0x28]),
        ["overlong utf-8 in a text"] = body => Replaced(body, [0xC0, 0xAF]),
        ["a surrogate as utf-8 in a text"] = body => Replaced(body, [0xED, 0xA0, 0x80]),
        ["cut utf-8 in a text"] = body => Replaced(body, [0xF0, 0x9F]),
        ["a lone surrogate escape"] = body => Replaced(body, "\\ud800"u8),
        ["surrogate escapes the wrong way round"] = body => Replaced(body, "\\udc00\\ud800"u8),
        ["utf-16"] = Encoding.Unicode.GetBytes,
        ["nested 10,000 levels"] = _ => Utf8(new string('[', 10_000)),
        ["nested 10,000 levels in a member"] = body => Utf8($"{body[..^1]},\"x\":{new string('[', 10_000)}{new string(']', 10_000)}}}"),
        ["nested 10,000 objects"] = _ => Utf8(string.Concat(Enumerable.Repeat("{\"a\":", 10_000))),
    };

    public static TheoryData<string> Ways => [.. _ways.Keys];

    /// <summary>In a valid body this marks the text that some ways replace by bytes.</summary>
    public const string Mark = "MARK";

    public static byte[] Break(string way, string body) => _ways[way](body);

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static byte[] Replaced(string body, ReadOnlySpan<byte> by)
    {
        var at = body.IndexOf(Mark, StringComparison.Ordinal);
        return [.. Utf8(body[..at]), .. by, .. Utf8(body[(at + Mark.Length)..])];
    }

    // The bodies are flat, so every member ends at a comma or at the closing brace.
    private static string WithValues(string body, string value) =>
        "{" + string.Join(',', body.Trim('{', '}').Split(',').Select(member => member.Split(':')[0] + ":" + value)) + "}";
}
