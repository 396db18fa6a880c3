using SecKill.Grains.Ledger;

namespace SecKill.Tests.Unit.Ledger;

/// <summary>The scripts of the schema are run statement by statement.</summary>
public sealed class ScriptStatementsTests
{
    [Theory]
    [InlineData("a;\nb;\n\nc;", new[] { "a;\nb;", "c;" })]
    [InlineData("", new string[0])]
    [InlineData("\n \n", new string[0])]
    [InlineData("-- alone\n\n\n-- of a\na;\n", new[] { "-- of a\na;" })]
    [InlineData("a;\r\n\r\nb;\r\n", new[] { "a;", "b;" })]
    public void Blank_lines_part_the_statements_of_a_script(string script, string[] statements) =>
        Assert.Equal(statements, SchemaUpgrade.Statements(script));
}
