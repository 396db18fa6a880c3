using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using SecKill.Gateway.Accounts;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Users;

namespace SecKill.Microbenchmarks;

/// <summary>The cost of authenticating a claim: each token is new, so caching does not help.</summary>
[MemoryDiagnoser]
public class TokenCheckBenchmarks : IDisposable
{
    private const int Tokens = 1024;
    private readonly JsonWebTokenHandler _handler = new();
    private readonly string[] _tokens = new string[Tokens];
    private readonly TokenValidationParameters _parameters;
    private readonly Gateway.Accounts.TokenReader _reader;
    private int _next;

    /// <summary>Issues the tokens.</summary>
    public TokenCheckBenchmarks()
    {
        var options = Options.Create(new AuthOptions { SigningKey = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)) });
        var issuer = new TokenIssuer(options, TimeProvider.System);
        for (var i = 0; i < Tokens; i++)
            _tokens[i] = issuer.Issue(new Caller(UserName.Known($"customer-{i}"), UserKind.Customer));
        _reader = new Gateway.Accounts.TokenReader(options, new Revocations(null!, TimeProvider.System, NullLogger<Revocations>.Instance), TimeProvider.System);
        _parameters = TokenCheck.Parameters(options.Value);
    }

    /// <summary>The library that JwtBearer calls, with the parameters that the gateway gives it.</summary>
    [Benchmark(Baseline = true)]
    public async Task<bool> JsonWebTokenHandler() => (await _handler.ValidateTokenAsync(Next(), _parameters)).IsValid;

    /// <summary>Our check of our own tokens.</summary>
    [Benchmark]
    public bool TokenReader() => _reader.Read(Next(), out _) == TokenState.Good;

    /// <inheritdoc/>
    public void Dispose()
    {
        _reader.Dispose();
        GC.SuppressFinalize(this);
    }

    private string Next() => _tokens[_next++ % Tokens];
}
