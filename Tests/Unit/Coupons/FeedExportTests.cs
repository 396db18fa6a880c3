using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using SecKill.Gateway.Coupons;

namespace SecKill.Tests.Unit.Coupons;

public sealed class FeedExportTests
{
    private static readonly ClaimRow[] _rows = [new(1, "=cmd()", 5, "claimed", 5), new(4, "a \"b\", c", 6, "returned", 9), new(5, "陈明", 7, "claimed", 7)];

    [Fact]
    public void CSV_ends_with_a_row_of_as_many_columns_that_counts_and_digests_all_before()
    {
        var text = Export(FeedApi.CsvType, _rows);
        const string before = "seq,customer,at,state,changedAt\r\n1,'=cmd(),5,claimed,5\r\n4,\"a \"\"b\"\", c\",6,returned,9\r\n5,陈明,7,claimed,7\r\n";
        Assert.Equal($"{before}end,3,{Digest(before)},,0\r\n", text);
    }

    [Fact]
    public void NDJSON_ends_with_a_line_that_counts_and_digests_all_before()
    {
        var text = Export(FeedApi.NdjsonType, _rows);
        var lines = text.Split('\n');
        Assert.Equal("""{"seq":1,"customer":"=cmd()","at":5,"state":"claimed","changedAt":5}""", lines[0]);
        Assert.Equal(5, lines.Length);
        var before = string.Concat(lines[..3].Select(line => line + "\n"));
        Assert.Equal($$"""{"end":true,"count":3,"sha256":"{{Digest(before)}}","queued":0}""", lines[3]);
        Assert.Equal("陈明", JsonDocument.Parse(lines[2]).RootElement.GetProperty("customer").GetString());
    }

    [Theory]
    [InlineData(FeedApi.CsvType)]
    [InlineData(FeedApi.NdjsonType)]
    public void An_empty_export_is_complete_too(string type) => Assert.Contains(",0,", Export(type, []).Replace("\"count\":0", ",0,", StringComparison.Ordinal), StringComparison.Ordinal);

    private static string Export(string type, ClaimRow[] rows)
    {
        using var export = FeedExport<ClaimRow>.In(type);
        foreach (var row in rows)
            export.Add(row);
        return Encoding.UTF8.GetString(export.Whole());
    }

    private static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
