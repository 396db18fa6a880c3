using System.CommandLine;
using SecKill.Bench.Tokens;

namespace SecKill.Bench.Commands;

/// <summary>The options of how the server signs tokens.</summary>
internal sealed class SigningOptions
{
    private const string Variable = "Auth__SigningKey";

    private readonly Option<string?> _key = new("--signing-key") { Description = $"The server's signing key, base64. Also read from the environment variable {Variable}.", HelpName = "base64" };
    private readonly Option<FileInfo?> _keyFile = new("--signing-key-file") { Description = "A file with the signing key, such as signing.key in the data folder of the embedded mode.", HelpName = "file" };
    private readonly Option<string> _issuer = new("--issuer") { Description = "The issuer of tokens, as the server has it.", DefaultValueFactory = _ => "seckill" };
    private readonly Option<string> _audience = new("--audience") { Description = "The audience of tokens, as the server has it.", DefaultValueFactory = _ => "seckill" };

    public void AddTo(Command command)
    {
        command.Options.Add(_key);
        command.Options.Add(_keyFile);
        command.Options.Add(_issuer);
        command.Options.Add(_audience);
    }

    /// <summary>What was given; null without a key.</summary>
    /// <exception cref="BenchException">The key cannot be read.</exception>
    public TokenTerms? Read(ParseResult parsed, TimeSpan lifetime)
    {
        var key = parsed.GetValue(_key);
        if (key is null && parsed.GetValue(_keyFile) is { } file)
        {
            try
            {
                key = File.ReadAllText(file.FullName);
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                throw new BenchException($"The signing key cannot be read: {fault.Message}");
            }
        }
        key ??= Environment.GetEnvironmentVariable(Variable);
        return string.IsNullOrWhiteSpace(key)
            ? null
            : new TokenTerms(TokenTerms.ReadKey(key), parsed.GetValue(_issuer)!, parsed.GetValue(_audience)!, lifetime);
    }
}
