using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.AuthenticatedEncryption;
using Microsoft.AspNetCore.DataProtection.AuthenticatedEncryption.ConfigurationModel;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.Options;

namespace SecKill.Gateway.Operators;

/// <summary>
/// The one key of Data Protection, derived from the operators' key: gateways read each other's cookies and have nothing to store, and a
/// new key ends all of them. Without an operators' key nothing is protected, and the key is random.
/// </summary>
internal sealed class OperatorKeyRing(IOptions<AdminOptions> options, ILoggerFactory loggers) : IKeyManager
{
    // A key may be a phrase, which a stolen cookie lets an attacker guess at: make each guess slow (OWASP's number for PBKDF2 with SHA-512).
    private const int Iterations = 210_000;
    private const int MasterKeyBytes = 64;

    private readonly Lazy<IKey[]> _keys = new(() =>
    {
        var master = options.Value.Key is { Length: > 0 } key
            ? Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(key), "SecKill: the operators' cookie, 2"u8, Iterations, HashAlgorithmName.SHA512, MasterKeyBytes)
            : RandomNumberGenerator.GetBytes(MasterKeyBytes);
        var descriptor = new AuthenticatedEncryptorDescriptor(new AuthenticatedEncryptorConfiguration(), new Secret(master));
        return [new DerivedKey(descriptor, loggers)];
    });

    /// <inheritdoc/>
    public IReadOnlyCollection<IKey> GetAllKeys() => _keys.Value;

    /// <inheritdoc/>
    public CancellationToken GetCacheExpirationToken() => CancellationToken.None;

    /// <inheritdoc/>
    public IKey CreateNewKey(DateTimeOffset activationDate, DateTimeOffset expirationDate) => throw new NotSupportedException();

    /// <inheritdoc/>
    public void RevokeKey(Guid keyId, string? reason = null) => throw new NotSupportedException();

    /// <inheritdoc/>
    public void RevokeAllKeys(DateTimeOffset revocationDate, string? reason = null) => throw new NotSupportedException();

    private sealed class DerivedKey(IAuthenticatedEncryptorDescriptor descriptor, ILoggerFactory loggers) : IKey
    {
        public Guid KeyId { get; } = new("5ec1c111-0000-4000-8000-000000000002");

        public DateTimeOffset CreationDate => DateTimeOffset.UnixEpoch;

        public DateTimeOffset ActivationDate => DateTimeOffset.UnixEpoch;

        public DateTimeOffset ExpirationDate => DateTimeOffset.MaxValue;

        public bool IsRevoked => false;

        public IAuthenticatedEncryptorDescriptor Descriptor => descriptor;

        public IAuthenticatedEncryptor? CreateEncryptor() => new AuthenticatedEncryptorFactory(loggers).CreateEncryptorInstance(this);
    }
}

/// <summary>Sets up Data Protection.</summary>
internal static class OperatorKeys
{
    /// <summary>Has Data Protection use the derived key, at every gateway under one name (by default, the program's folder is its name).</summary>
    public static void AddOperatorKeys(this IServiceCollection services)
    {
        services.AddDataProtection().SetApplicationName("SecKill").DisableAutomaticKeyGeneration();
        services.AddSingleton<IKeyManager, OperatorKeyRing>();
    }
}
