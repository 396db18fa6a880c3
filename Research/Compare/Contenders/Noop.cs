using SecKill.Tests.LocalServers.Deployments;
using SecKill.Tests.LocalServers.Servers;

namespace SecKill.Research.Compare.Contenders;

/// <summary>Bare Kestrel that checks the token and does nothing.</summary>
internal sealed class Noop(byte[] signingKey) : Contender
{
    private ServerProcess? _process;

    public override string Name => "noop";

    public override Uri Address { get; } = NewAddress();

    public override IReadOnlyList<DeployedProcess> Processes => [new("noop", _process!.Pid)];

    public override async Task StartAsync(CancellationToken stop) =>
        _process = await StartAsync(Serve("noop", "--port", $"{Address.Port}", "--signing-key", Convert.ToBase64String(signingKey)), Name, Address);

    public override ValueTask DisposeAsync() => _process?.DisposeAsync() ?? ValueTask.CompletedTask;
}
