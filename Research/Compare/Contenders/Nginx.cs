using SecKill.Tests.LocalServers.Deployments;
using SecKill.Tests.LocalServers.Servers;

namespace SecKill.Research.Compare.Contenders;

/// <summary>nginx that answers without looking: 204, or a body if it was given one. The yardstick of what the machine can do.</summary>
internal sealed class Nginx(string program) : Contender
{
    private readonly string _folder = RunFolder.Create("nginx");
    private ServerProcess? _process;

    public override string Name => "nginx";

    public override Uri Address { get; } = NewAddress();

    public override IReadOnlyList<DeployedProcess> Processes => [new("nginx", _process!.Pid)];

    /// <summary>Its answer from the next start on; null for 204.</summary>
    public string? Body { get; set; }

    public override async Task StartAsync(CancellationToken stop)
    {
        await DisposeAsync();
        var configuration = Path.Combine(_folder, "nginx.conf");
        await File.WriteAllTextAsync(configuration, Configuration, stop);
        _process = await StartAsync(NginxServer.Command(program, _folder, configuration), Name, Address);
    }

    public override async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
        _process = null;
    }

    // The prefix is a folder of this run, so nothing of the machine's own nginx is read or written.
    private string Configuration => $$"""
        daemon off;
        worker_processes {{Environment.ProcessorCount}};
        pid nginx.pid;
        error_log stderr error;
        events { worker_connections 16384; }
        http {
            access_log off;
            server_tokens off;
            keepalive_requests 1000000000;
            keepalive_timeout 600;
            default_type "application/json; charset=utf-8";
            client_body_temp_path temp; proxy_temp_path temp; fastcgi_temp_path temp; uwsgi_temp_path temp; scgi_temp_path temp;
            server {
                listen 127.0.0.1:{{Address.Port}} backlog=4096;
                return {{(Body is null ? "204" : $"200 '{Escaped(Body)}'")}};
            }
        }
        """;

    private static string Escaped(string body) =>
        body.Contains('$', StringComparison.Ordinal)
            ? throw new ArgumentException("nginx would take $ for a variable.", nameof(body))
            : body.Replace("\\", @"\\", StringComparison.Ordinal).Replace("'", @"\'", StringComparison.Ordinal);
}
