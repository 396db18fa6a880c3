using System.Security.Cryptography;
using System.Text;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using SecKill.Grains.Interfaces;

namespace SecKill.Grains.Users;

/// <summary>
/// Hashes and checks passwords with ASP.NET Core Identity's hasher (PBKDF2, salted), a few at a time: a hash costs
/// a tenth of a second of a processor by intent, and claims need processors too.
/// </summary>
public sealed class PasswordHashing : IDisposable
{
    private static readonly object _user = new();

    private readonly PasswordHasher<object> _hasher;
    private readonly PasswordOptions _options;
    private readonly ConcurrencyLimiter _places;
    private readonly byte[] _proofKey = RandomNumberGenerator.GetBytes(32);

    /// <summary>Makes the silo's one instance.</summary>
    public PasswordHashing(IOptions<PasswordOptions> options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options.Value;
        _hasher = new PasswordHasher<object>(Options.Create(new PasswordHasherOptions { IterationCount = _options.Iterations }));
        _places = new ConcurrencyLimiter(new ConcurrencyLimiterOptions { PermitLimit = _options.Concurrency, QueueLimit = _options.MaxWaiting });
    }

    /// <summary>Hashes a password.</summary>
    /// <exception cref="UnavailableException">Too many are waiting.</exception>
    public Task<string> HashAsync(string password) => RunAsync(() => _hasher.HashPassword(_user, password));

    /// <summary>Checks a password against a hash.</summary>
    /// <exception cref="UnavailableException">Too many are waiting.</exception>
    public Task<PasswordVerificationResult> VerifyAsync(string hash, string password) =>
        RunAsync(() => _hasher.VerifyHashedPassword(_user, hash, password));

    /// <summary>
    /// A quick proof that a password was verified before in this process, worthless outside of it: keyed with a random key
    /// that is never stored.
    /// </summary>
    public byte[] Proof(string password) => HMACSHA256.HashData(_proofKey, Encoding.UTF8.GetBytes(password));

    /// <inheritdoc/>
    public void Dispose() => _places.Dispose();

    private async Task<T> RunAsync<T>(Func<T> hash)
    {
        using var place = await _places.AcquireAsync();
        return place.IsAcquired
            ? await Task.Run(hash)
            : throw new UnavailableException($"{_options.MaxWaiting} passwords are waiting to be hashed already.");
    }
}
