using System.Globalization;

namespace SecKill.Bench.Machine;

/// <summary>The processor time that every process has used up to a moment. See proc(5).</summary>
internal sealed class CpuReading
{
    // USER_HZ, the unit of /proc, whatever the kernel's own clock is.
    private const int TicksPerSecond = 100;
    private const int KernelThreads = 2;

    private readonly Dictionary<int, ProcessTime> _processes = [];
    private readonly ILookup<int, int> _children;
    private readonly long _stolen;

    private CpuReading()
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && ProcessTime.Of(pid) is { } time)
                _processes[pid] = time;
        }
        _children = _processes.ToLookup(process => process.Value.Parent, process => process.Key);
        _stolen = ReadStolen();
    }

    /// <summary>Reads it now.</summary>
    public static CpuReading Take() => new();

    /// <summary>The time of this process' ended children.</summary>
    public TimeSpan OfEndedChildren => Spent(_processes[Environment.ProcessId].EndedChildren);

    /// <summary>The time of this process alone.</summary>
    public TimeSpan OfThisProcess => Spent(_processes[Environment.ProcessId].Own);

    /// <summary>The time of a process and all its descendants; zero if it has ended.</summary>
    public TimeSpan Of(int pid) => Spent(Ticks(pid));

    /// <summary>
    /// What others have used since an earlier reading: all processes but this one, its descendants and the kernel's own
    /// threads; and, on a virtual machine, what its host took away. Summed up by process, because whether the machine's own
    /// sum has interrupts in it that processes are charged with as well depends on how the kernel was built.
    /// </summary>
    public TimeSpan ForeignSince(CpuReading earlier)
    {
        var ours = new HashSet<int>();
        AddTree(Environment.ProcessId, ours);
        AddTree(KernelThreads, ours);
        var foreign = _processes.Where(process => !ours.Contains(process.Key))
            .Sum(process => process.Value.Total - (earlier._processes.TryGetValue(process.Key, out var before) ? before.Total : 0));
        return Spent(Math.Max(0, foreign) + _stolen - earlier._stolen);
    }

    private void AddTree(int pid, HashSet<int> tree)
    {
        tree.Add(pid);
        foreach (var child in _children[pid])
            AddTree(child, tree);
    }

    private long Ticks(int pid) =>
        _processes.TryGetValue(pid, out var time) ? time.Total + _children[pid].Sum(Ticks) : 0;

    private static TimeSpan Spent(long ticks) => TimeSpan.FromSeconds((double)ticks / TicksPerSecond);

    // "cpu  user nice system idle iowait irq softirq steal guest guest_nice"
    private static long ReadStolen() =>
        long.Parse(File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[8], CultureInfo.InvariantCulture);

    private readonly record struct ProcessTime(int Parent, long Own, long EndedChildren)
    {
        public long Total => Own + EndedChildren;

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
