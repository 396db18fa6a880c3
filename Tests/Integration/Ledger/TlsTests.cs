using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using SecKill.Grains.Hosting;
using SecKill.ServiceDefaults.Configuration;

namespace SecKill.Tests.Integration.Ledger;

/// <summary>TLS to a MySQL whose certificate is of a private authority, as docs/operating/security.md advises it.</summary>
public sealed class TlsTests : IAsyncLifetime, ILoggerFactory, ILogger
{
    private readonly string _folder = RunFolder.Create("tls");
    private readonly ConcurrentQueue<string> _log = new();
    private MySqlServer? _server;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipWhen(MySqlTemplate.Server is null, "The server in a container is not given certificates.");
        using var authority = NewAuthority("private");
        using var other = NewAuthority("another");
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=mysql", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(authority, authority.NotBefore, authority.NotAfter, RandomNumberGenerator.GetBytes(8));
        foreach (var (file, text) in new[]
        {
            ("ca.pem", authority.ExportCertificatePem()), ("other.pem", other.ExportCertificatePem()), ("server.pem", certificate.ExportCertificatePem()), ("server.key", key.ExportPkcs8PrivateKeyPem()),
        })
        {
            await File.WriteAllTextAsync(PathOf(file), text);
        }
        _server = new MySqlServer { Settings = [$"--ssl-ca={PathOf("ca.pem")}", $"--ssl-cert={PathOf("server.pem")}", $"--ssl-key={PathOf("server.key")}"] };
        await _server.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        RunFolder.Delete(_folder);
    }

    [Fact]
    public async Task The_advised_settings_verify_a_certificate_of_a_private_authority_and_a_log_line_says_why_another_is_refused()
    {
        await new MySqlLedger($"{_server!.ConnectionString};SslMode=VerifyFull;SslCa={PathOf("ca.pem")}").PrepareAsync(TestContext.Current.CancellationToken);

        // Signed by another authority; and by ours, but not for this address.
        Assert.Contains("certificate", await RefusalAsync($"{_server.ConnectionString};SslMode=VerifyFull;SslCa={PathOf("other.pem")}"), StringComparison.OrdinalIgnoreCase);
        Assert.Contains("certificate", await RefusalAsync($"{_server.ConnectionString.Replace("127.0.0.1", "localhost", StringComparison.Ordinal)};SslMode=VerifyFull;SslCa={PathOf("ca.pem")}"), StringComparison.OrdinalIgnoreCase);
    }

    private async Task<string> RefusalAsync(string mySql)
    {
        _log.Clear();
        using var stop = new CancellationTokenSource();
        await using var stores = new Stores(
            () => Task.FromResult("127.0.0.1:1"), new StockServer(new Logger<StockServer>(this), TimeProvider.System), new MySqlLedger(mySql), Options.Create(new ClusterOptions()), Options.Create(new ClusterNames()), TimeProvider.System,
            new Logger<Stores>(this));
        var connecting = stores.StartingAsync(stop.Token);
        var line = await Eventually.HoldsAsync(
            "it says why it waits", "a line", () => Task.FromResult(_log.FirstOrDefault(text => text.Contains("SSL", StringComparison.Ordinal))), text => text is not null, TimeSpan.FromSeconds(30));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting);
        TestContext.Current.TestOutputHelper?.WriteLine(line!);
        return line!;
    }

    private static X509Certificate2 NewAuthority(string name)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name} authority", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
    }

    private string PathOf(string file) => Path.Combine(_folder, file);

    ILogger ILoggerFactory.CreateLogger(string categoryName) => this;

    void ILoggerFactory.AddProvider(ILoggerProvider provider)
    {
    }

    void IDisposable.Dispose()
    {
    }

    IDisposable? ILogger.BeginScope<TState>(TState state) => null;

    bool ILogger.IsEnabled(LogLevel logLevel) => true;

    void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _log.Enqueue(formatter(state, exception));
}
