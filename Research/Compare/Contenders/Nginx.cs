using SecKill.Tests.LocalServers;
using SecKill.Tests.LocalServers.Deployments;
using SecKill.Tests.LocalServers.Servers;

namespace SecKill.Research.Compare.Contenders;

/// <summary>nginx that answers without looking: 204, or a body if it was given one. The yardstick of what the machine can do.</summary>
internal sealed class Nginx(string program) : Contender
{
    private static readonly TimeSpan _startLimit = TimeSpan.FromSeconds(30);
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
        var command = new ServerCommand(program, "-p", _folder, "-e", "stderr", "-c", configuration)
        {
            // Workers do not notice that their master was killed, and that is how it ends if this process is.
            AfterExit = $"kill -9 $(cat '{Workers}')",
        };
        _process = await StartAsync(command, Address);
        await NoteWorkersAsync(_process.Pid, stop);
    }

    public override async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
        _process = null;
    }

    private string Workers => Path.Combine(_folder, "workers");

    // It listens before it has forked them all.
    private async Task NoteWorkersAsync(int master, CancellationToken stop)
    {
        var workers = await Eventually.HoldsAsync(
            "nginx starts its workers", $"{Environment.ProcessorCount} pids",
            () => File.ReadAllTextAsync($"/proc/{master}/task/{master}/children", stop),
            pids => pids.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length == Environment.ProcessorCount, _startLimit);
        await File.WriteAllTextAsync(Workers, workers, stop);
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
