using System.Buffers;
using System.Text;
using SecKill.Gateway.Http;

namespace SecKill.Tests.Unit.Http;

public sealed class CsvTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("", "")]
    [InlineData(null, "")]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("say \"hi\"", "\"say \"\"hi\"\"\"")]
    [InlineData("two\r\nlines", "\"two\r\nlines\"")]
    [InlineData("陈明 🎫", "陈明 🎫")]
    public void A_cell_is_written_by_RFC_4180(string? text, string written) => Assert.Equal(written, Cell(text));

    [Theory]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("+1", "'+1")]
    [InlineData("-1", "'-1")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("\t=1", "'\t=1")]
    [InlineData("\r=1", "\"'\r=1\"")]
    [InlineData("=cmd|' /C calc'!A0,\"x\"", "\"'=cmd|' /C calc'!A0,\"\"x\"\"\"")]
    public void A_cell_that_a_spreadsheet_would_compute_begins_with_an_apostrophe(string text, string written) => Assert.Equal(written, Cell(text));

    [Fact]
    public void Rows_have_their_cells_apart_and_end_in_CR_LF()
    {
        var output = new ArrayBufferWriter<byte>();
        var csv = new Csv(output);
        csv.Row("seq", "customer");
        csv.Cell(long.MaxValue);
        csv.Cell((long?)null);
        csv.EndRow();
        Assert.Equal("seq,customer\r\n9223372036854775807,\r\n", Encoding.UTF8.GetString(output.WrittenSpan));
    }

    private static string Cell(string? text)
    {
        var output = new ArrayBufferWriter<byte>();
        new Csv(output).Cell(text);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
