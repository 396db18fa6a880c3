using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using SecKill.Tests.LocalServers.Servers;

namespace SecKill.Bench.Machine;

/// <summary>The machine and versions measured on. Figures of others are not comparable.</summary>
/// <param name="Cores">Logical processors.</param>
/// <param name="Cpu">The model's name.</param>
/// <param name="Kernel">And its version.</param>
/// <param name="DataOn">The file system that Redis and MySQL write to.</param>
/// <param name="Versions">Of the programs involved, where they are installed.</param>
internal sealed partial record MachineFacts(int Cores, string Cpu, string Kernel, string DataOn, IReadOnlyDictionary<string, string> Versions)
{
    /// <summary>Prepares a measurement of servers that this program starts.</summary>
    /// <param name="command">The command that measures.</param>
    /// <param name="inMemory">Whether their data are in memory, where an fsync costs nothing, which flatters the product.</param>
    /// <exception cref="BenchException">This is not Linux.</exception>
    public static async Task<MachineFacts> OfMeasurementAsync(string command, bool inMemory = false)
    {
        if (!OperatingSystem.IsLinux())
            throw new BenchException($"{command} reads processor times from /proc, so it needs Linux.");
        RunFolder.OnDisk = !inMemory;
        var versions = new Dictionary<string, string> { [".NET"] = Environment.Version.ToString() };
        foreach (var (name, program, argument) in new (string, string?, string)[]
        {
            ("redis", Installed.Find("redis-server"), "--version"),
            ("mysql", MySqlTemplate.Server, "--version"),
            ("nginx", Installed.Find("nginx"), "-v"),
            ("wrk", Installed.Find("wrk"), "-v"),
        })
        {
            if (program is not null)
                versions[name] = Version().Match(await OutputOfAsync(program, argument)) is { Success: true } match ? match.Value : "unknown";
        }
        return new MachineFacts(
            Environment.ProcessorCount, CpuModel(), $"Linux {(await File.ReadAllTextAsync("/proc/sys/kernel/osrelease")).Trim()}",
            new DriveInfo(RunFolder.Create("data")).DriveFormat, versions);
    }

    private static string CpuModel() =>
        File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(": ")[1]
        ?? RuntimeInformation.ProcessArchitecture.ToString();

    private static async Task<string> OutputOfAsync(string program, string argument)
    {
        // nginx writes its version to standard error.
        using var process = Process.Start(new ProcessStartInfo(program, argument) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        return await process.StandardOutput.ReadToEndAsync() + await errors;
    }

    // "Redis server v=7.0.15 sha=…", "mariadbd  Ver 10.11.6-MariaDB-0+deb12u1 for …", "nginx version: nginx/1.22.1", "wrk debian/4.1.0-3 [epoll]"
    [GeneratedRegex(@"\d+(\.\d+)+(-MariaDB)?")]
    private static partial Regex Version();
}
