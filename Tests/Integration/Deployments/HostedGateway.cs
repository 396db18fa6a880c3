using System.Diagnostics;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace SecKill.Tests.Integration.Deployments;

/// <summary>
/// The gateway's own program in this process, in the embedded mode and with the operators' key: for tests that must see what no answer
/// tells, such as its routes. What it is asked goes through its port.
/// </summary>
public sealed class HostedGateway : IAsyncLifetime, IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>
{
    public const string Name = "hosted gateway";
    public const string AdminKey = "an-operators-secret-of-the-tests";

    private static readonly TimeSpan _startLimit = TimeSpan.FromSeconds(90);

    // Other tests build hosts at the same time; ours is built in the async flow of our program's start.
    private static readonly AsyncLocal<HostedGateway?> _building = new();

    private readonly string _folder = RunFolder.Create("hosted");
    private readonly TaskCompletionSource<IHost> _host = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IDisposable? _listening;
    private Task<int> _program = Task.FromResult(0);

    public Uri Address { get; } = Deployment.LoopbackAt(FreePort.Next());

    public byte[] SigningKey => Convert.FromBase64String(File.ReadAllText(Path.Combine(_folder, "signing.key")).Trim());

    /// <summary>Every route that it takes.</summary>
    public IReadOnlyList<RouteEndpoint> Routes { get; private set; } = [];

    public async ValueTask InitializeAsync()
    {
        using var subscription = DiagnosticListener.AllListeners.Subscribe(this);
        string[] arguments =
        [
            $"--urls={Address.OriginalString}", $"--Data:Folder={_folder}", $"--Admin:Key={AdminKey}", "--ConnectionStrings:Redis=", "--ConnectionStrings:MySql=",
            "--Logging:LogLevel:Default=None", "--Logging:LogLevel:SecKill=None", "--Logging:LogLevel:Microsoft.Hosting.Lifetime=None", "--Passwords:Iterations=1000", "--Limits:AccountBurst=10000",
        ];
        _program = Task.Factory.StartNew(
            () =>
            {
                _building.Value = this;
                return (int)typeof(Gateway.Operators.AdminOptions).Assembly.EntryPoint!.Invoke(null, [arguments])!;
            },
            TaskCreationOptions.LongRunning);
        var host = await Task.WhenAny(_host.Task, _program) == _host.Task
            ? await _host.Task
            : throw new InvalidOperationException($"The program ended while starting, with {await _program}.");
        var started = new TaskCompletionSource();
        using var registration = host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStarted.Register(started.SetResult);
        await Task.WhenAny(started.Task, _program).WaitAsync(_startLimit);
        Routes = [.. host.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()];
    }

    public async ValueTask DisposeAsync()
    {
        _listening?.Dispose();
        if (_host.Task.IsCompletedSuccessfully && !_program.IsCompleted)
        {
            (await _host.Task).Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
            Assert.Equal(0, await _program);
        }
        RunFolder.Delete(_folder);
    }

    void IObserver<DiagnosticListener>.OnNext(DiagnosticListener value)
    {
        if (value.Name == "Microsoft.Extensions.Hosting")
            _listening = value.Subscribe(this);
    }

    void IObserver<KeyValuePair<string, object?>>.OnNext(KeyValuePair<string, object?> value)
    {
        if (value is { Key: "HostBuilt", Value: IHost host } && _building.Value == this)
            _host.TrySetResult(host);
    }

    void IObserver<DiagnosticListener>.OnCompleted()
    {
    }

    void IObserver<DiagnosticListener>.OnError(Exception error)
    {
    }

    void IObserver<KeyValuePair<string, object?>>.OnCompleted()
    {
    }

    void IObserver<KeyValuePair<string, object?>>.OnError(Exception error)
    {
    }
}

[CollectionDefinition(HostedGateway.Name)]
public sealed class HostedGatewayTests : ICollectionFixture<HostedGateway>;
