using System.Security.Cryptography;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.AuthenticatedEncryption;
using Microsoft.AspNetCore.DataProtection.AuthenticatedEncryption.ConfigurationModel;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace SecKill.Gateway.Operators;

/// <summary>
/// The one key of Data Protection, derived from the operators' key: gateways read each other's cookies and have nothing to store, and a
/// new key ends all of them. Without an operators' key nothing is protected, and the key is random.
/// </summary>
internal sealed class OperatorKeys(AdminOptions options) : IXmlRepository
{
    // A key may be a phrase, which a stolen cookie lets an attacker guess at: make each guess slow (OWASP's number for PBKDF2 with SHA-512).
    private const int Iterations = 210_000;
    private const int MasterKeyBytes = 64;

    // Once: Data Protection reads the keys again whenever a cookie names one that it does not know.
    private readonly Lazy<XElement> _key = new(() => Derive(options));

    public IReadOnlyCollection<XElement> GetAllElements() => [new(_key.Value)];

    public void StoreElement(XElement element, string friendlyName) => throw new NotSupportedException("No other key is made.");

    private static XElement Derive(AdminOptions options)
    {
        var master = options.Key.Length > 0
            ? Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(options.Key), "SecKill: the operators' cookie, 2"u8, Iterations, HashAlgorithmName.SHA512, MasterKeyBytes)
            : RandomNumberGenerator.GetBytes(MasterKeyBytes);
        var algorithm = new AuthenticatedEncryptorConfiguration { EncryptionAlgorithm = EncryptionAlgorithm.AES_256_GCM };
        var descriptor = new AuthenticatedEncryptorDescriptor(algorithm, new Secret(master)).ExportToXml();
        return new XElement("key", new XAttribute("id", "5ec1c111-0000-4000-8000-000000000002"), new XAttribute("version", 1),
            new XElement("creationDate", DateTimeOffset.UnixEpoch), new XElement("activationDate", DateTimeOffset.UnixEpoch), new XElement("expirationDate", DateTimeOffset.MaxValue),
            new XElement("descriptor", new XAttribute("deserializerType", descriptor.DeserializerType.AssemblyQualifiedName!), descriptor.SerializedDescriptorElement));
    }
}

/// <summary>Sets up Data Protection.</summary>
internal static class OperatorDataProtection
{
    /// <summary>Has Data Protection use the derived key, at every gateway under one name (the default name is the program's folder).</summary>
    public static void AddOperatorKeys(this IServiceCollection services)
    {
        services.AddDataProtection().SetApplicationName("SecKill").DisableAutomaticKeyGeneration();
        services.AddOptions<KeyManagementOptions>().Configure<IOptions<AdminOptions>>((keys, admin) => keys.XmlRepository = new OperatorKeys(admin.Value));
    }
}
