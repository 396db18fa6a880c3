using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Identity;

namespace SecKill.Grains.Accounts;

/// <summary>
/// Hashes and checks passwords with ASP.NET Core Identity's hasher (PBKDF2, salted), a few at a time and with
/// low priority: a hash costs a tenth of a second of a processor by intent, and claims come first.
/// </summary>
internal sealed class PasswordHashing(IOptions<PasswordOptions> options, TimeProvider time) : IDisposable
{
    private static readonly object _user = new();

    private readonly PasswordHasher<object> _hasher = new(Options.Create(new PasswordHasherOptions { IterationCount = options.Value.Iterations }));
    private readonly HashingThreads _threads = new(options.Value.Concurrency, options.Value.MaxWaiting, options.Value.Patience, time);
    private readonly byte[] _proofKey = RandomNumberGenerator.GetBytes(32);

    /// <exception cref="UnavailableException">Too many are waiting, or this one has waited for too long.</exception>
    public Task<string> HashAsync(string password) => _threads.RunAsync(() => _hasher.HashPassword(_user, password));

    /// <inheritdoc cref="HashAsync" path="/exception"/>
    public Task<PasswordVerificationResult> VerifyAsync(string hash, string password) =>
        _threads.RunAsync(() => _hasher.VerifyHashedPassword(_user, hash, password));

    /// <summary>
    /// A quick proof that a password was verified before in this process, worthless outside of it: keyed with a random key
    /// that is never stored.
    /// </summary>
    public byte[] Proof(string password) => HMACSHA256.HashData(_proofKey, Encoding.UTF8.GetBytes(password));

    public void Dispose() => _threads.Dispose();
}
