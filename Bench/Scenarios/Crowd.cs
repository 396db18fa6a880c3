using System.Text;
using SecKill.Bench.Http;
using SecKill.Bench.Tokens;

namespace SecKill.Bench.Scenarios;

/// <summary>The customers of a run, numbered from 0.</summary>
internal abstract class Crowd : IDisposable
{
    private long _taken;

    /// <summary>How many there are.</summary>
    public abstract long Size { get; }

    /// <summary>How many have come so far.</summary>
    public long Taken => Math.Min(Volatile.Read(ref _taken), Size);

    /// <summary>A new customer; false if none is left.</summary>
    public bool TryTake(out long user) => (user = Interlocked.Increment(ref _taken) - 1) < Size;

    /// <summary>A customer's name.</summary>
    public abstract string NameOf(long user);

    /// <summary>A customer's token.</summary>
    public abstract string TokenOf(long user);

    /// <summary>Ends a request with a customer's token.</summary>
    public abstract void WriteToken(long user, RequestBuffer request);

    public virtual void Dispose()
    {
    }
}

/// <summary>Customers without accounts: with the server's key, tokens can be minted for any name.</summary>
internal sealed class MintedCrowd(TokenTerms terms, string prefix) : Crowd
{
    // A mint serves one thread at a time.
    private readonly ThreadLocal<TokenMint> _mints = new(() => TokenMint.ForMany(terms, TokenMint.Customer, prefix), trackAllValues: true);

    public override long Size => 99_999_999;

    public override string NameOf(long user) => TokenMint.NameOf(prefix, user);

    public override string TokenOf(long user) => _mints.Value!.Mint(user);

    public override void WriteToken(long user, RequestBuffer request)
    {
        var mint = _mints.Value!;
        mint.Write(user, request.TokenRoom(mint.TokenLength));
        request.End(mint.TokenLength);
    }

    public override void Dispose()
    {
        foreach (var mint in _mints.Values)
            mint.Dispose();
        _mints.Dispose();
        base.Dispose();
    }
}

/// <summary>Customers with accounts, logged in.</summary>
internal sealed class RegisteredCrowd(IReadOnlyList<SignedInUser> accounts) : Crowd
{
    public override long Size => accounts.Count;

    public override string NameOf(long user) => accounts[(int)user].Name;

    public override string TokenOf(long user) => accounts[(int)user].Token;

    public override void WriteToken(long user, RequestBuffer request)
    {
        var token = accounts[(int)user].Token;
        request.End(Encoding.ASCII.GetBytes(token, request.TokenRoom(token.Length)));
    }
}

/// <summary>A user with a token.</summary>
/// <param name="Name">The user's name.</param>
/// <param name="Token">The user's token.</param>
internal sealed record SignedInUser(string Name, string Token);
