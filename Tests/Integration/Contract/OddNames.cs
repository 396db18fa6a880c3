namespace SecKill.Tests.Integration.Contract;

/// <summary>Names that break naive servers; a star stands for the part that makes a name unique.</summary>
internal static class OddNames
{
    public static TheoryData<string> Alone =>
    [
        "* b", " *", "* ", "*\u00A0", "*:b", ":*", "{*}", "*{0}", "*{}", "*%", "%*", "*%2F", "*%00", "*%zz", "*/b", "/*", "*/",
        "*/../b", "*?p=1", "*#b", "*+b", "*&b=1", "*=b", "*;b", "*,b", "*@b", "*$b", "*!", "*~", "*|b", "*^b", "*`b`", "*<b>",
        "*[b]", "*(b)", "*\"b\"", "*'b'", "*' OR 1=1", "*\\b", "*\\", "*\\n", "*.", ".*", ".", "..", "%2e%2e", "coupons", "logout",
        "*优惠券", "*ｆｕｌｌ", "*ñ", "*n\u0303", "*אבג", "*\u200Fאבג", "*\u202Egnp", "*\u200D", "*\uFEFF", "*\uFFFD", "*\uFFFF", "*🎉", "*👨‍👩‍👧", "*𠮷",
    ];

    /// <summary>Of those alone, the ones that no path can name or that turn the writing around them; all others must be accepted.</summary>
    public static bool MustBeRefused(string name) => name is "." or ".." || name.Contains("/../", StringComparison.Ordinal) || name.Contains('\u202E', StringComparison.Ordinal);

    /// <summary>Pairs that sloppy decoding, normalising or a forgiving collation takes for one name.</summary>
    public static TheoryData<string, string> Pairs => new()
    {
        { "*Bob", "*bob" },
        { "*Ä", "*ä" },
        { "*é", "*e\u0301" },
        { "*e", "*é" },
        { "*ß", "*ss" },
        { "*ı", "*i" },
        { "*a", "*ａ" },
        { "*ア", "*あ" },
        { "*", "* " },
        { "*", " *" },
        { "*", "*\u00A0" },
        { "*", "*\u200B" },
        { "*🎉", "*🎊" },
        { "*/b", "*%2Fb" },
        { "*%", "*%25" },
        { "*A", "*%41" },
        { "*+b", "* b" },
        { "* b", "*%20b" },
        { "*:b", "*%3Ab" },
        { "*", "*/" },
        { "*", "{*}" },
        { "*", "*\\" },
        { "*1", "*01" },
    };

    /// <summary>Names that a store may read as one number, or as one key of another kind. The star is eight hexadecimal digits.</summary>
    public static IReadOnlyList<string> NumberLike =>
    [
        "*ad", "*AD", "*Ad", "0*ad", "000*ad", "0x*ad", "*", "0*", "00*", "*.0", "+*", "-*", "*e3", "*E3", "{*}", "(*)", "* ", "%*", "*+ad",
    ];

    public static string Filled(string template) => Filled(template, Names.Tag());

    public static string Filled(string template, string tag) => template.Replace("*", tag, StringComparison.Ordinal);
}
