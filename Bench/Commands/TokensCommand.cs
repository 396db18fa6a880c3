using System.CommandLine;
using SecKill.Bench.Tokens;

namespace SecKill.Bench.Commands;

/// <summary><c>bench tokens</c>.</summary>
internal static class TokensCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var count = new Argument<int>("count") { Description = "How many users." };
        count.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && int.TryParse(result.Tokens[0].Value, out var value) && value is < 1 or > 99_999_999)
                result.AddError("count must be from 1 to 99999999.");
        });
        var kind = new Option<string>("--kind") { Description = "Of the users: customer, or saler for sellers.", DefaultValueFactory = _ => TokenMint.Customer };
        kind.AcceptOnlyFromAmong(TokenMint.Customer, TokenMint.Seller);
        var prefix = new Option<string>("--prefix") { Description = $"User names are this and a number of {TokenMint.Digits} digits, from 1.", DefaultValueFactory = _ => "user-" };
        prefix.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && result.Tokens[^1].Value.Length > TokenMint.LongestPrefix)
                result.AddError($"--prefix must have at most {TokenMint.LongestPrefix} characters.");
        });
        var lifetime = Durations.Option("--lifetime", "The tokens' lifetime.", "1h");
        var output = new Option<string>("--output", "-o") { Description = "The file to write, one token a line; '-' is the standard output.", Required = true, HelpName = "file" };
        var signing = new SigningOptions();

        var command = new Command("tokens", """
            Mints tokens for users without accounts, for other load tools.

            Example: bench tokens 1000 --signing-key-file data/signing.key -o tokens.txt
            """)
        {
            count, kind, prefix, lifetime, output,
        };
        signing.AddTo(command);
        command.Runs(async (parsed, stop) =>
        {
            var terms = signing.Read(parsed, parsed.GetValue(lifetime) ?? TimeSpan.FromHours(1))
                ?? throw new BenchException("Tokens need the server's signing key: --signing-key, --signing-key-file or the environment variable Auth__SigningKey.");
            await TokenFile.WriteAsync(terms, parsed.GetValue(kind)!, parsed.GetValue(prefix)!, parsed.GetValue(count), parsed.GetValue(output)!, stop);
            return CommandLine.Good;
        });
        return command;
    }
}
