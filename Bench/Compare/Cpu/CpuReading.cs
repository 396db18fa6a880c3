using System.Globalization;

namespace SecKill.Bench.Compare.Cpu;

/// <summary>The processor time that every process, and the machine as a whole, has used up to a moment. See proc(5).</summary>
internal sealed class CpuReading
{
    // USER_HZ, the unit of /proc, whatever the kernel's own clock is.
    private const int TicksPerSecond = 100;
    private const int KernelThreads = 2;

    private readonly Dictionary<int, ProcessTime> _processes = [];
    private readonly ILookup<int, int> _children;
    private readonly TimeSpan _machine;

    private CpuReading()
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && ProcessTime.Of(pid) is { } time)
                _processes[pid] = time;
        }
        _children = _processes.ToLookup(process => process.Value.Parent, process => process.Key);
        _machine = ReadMachine();
    }

    /// <summary>Reads it now.</summary>
    public static CpuReading Take() => new();

    /// <summary>Of children of this process that have ended.</summary>
    public TimeSpan OfEndedChildren => Spent(_processes[Environment.ProcessId].EndedChildren);

    /// <summary>Of this process alone.</summary>
    public TimeSpan OfThisProcess => Spent(_processes[Environment.ProcessId].Own);

    /// <summary>Of a process and all its descendants; zero if it has ended.</summary>
    public TimeSpan Of(int pid) => Spent(Ticks(pid));

    /// <summary>
    /// Of all that neither this process nor its descendants nor the kernel's own threads have used, a hypervisor's other
    /// guests included.
    /// </summary>
    public TimeSpan Foreign => _machine - Of(Environment.ProcessId) - Of(KernelThreads);

    private long Ticks(int pid) =>
        _processes.TryGetValue(pid, out var time) ? time.Own + time.EndedChildren + _children[pid].Sum(Ticks) : 0;

    private static TimeSpan Spent(long ticks) => TimeSpan.FromSeconds((double)ticks / TicksPerSecond);

    private static TimeSpan ReadMachine()
    {
        // "cpu  user nice system idle iowait irq softirq steal guest guest_nice"; a guest's time is the user's as well.
        var times = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..]
            .Select(time => long.Parse(time, CultureInfo.InvariantCulture)).ToArray();
        return Spent(times[0] + times[1] + times[2] + times[7]);
    }

    private readonly record struct ProcessTime(int Parent, long Own, long EndedChildren)
    {
        public static ProcessTime? Of(int pid)
        {
            try
            {
                var stat = File.ReadAllText($"/proc/{pid}/stat");
                // After the name, which stands in parentheses and may hold any character: state, ppid, … utime is the 14th field.
                var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
                return new ProcessTime(int.Parse(fields[1], CultureInfo.InvariantCulture), Sum(fields[11], fields[12]), Sum(fields[13], fields[14]));
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // It has ended meanwhile.
                return null;
            }
        }

        private static long Sum(string user, string system) =>
            long.Parse(user, CultureInfo.InvariantCulture) + long.Parse(system, CultureInfo.InvariantCulture);
    }
}
