namespace SecKill.Tests.LocalServers.Servers;

/// <summary>The last lines a process wrote, for the message of a test that failed because of it.</summary>
public sealed class RecentOutput
{
    private const int LinesKept = 80;
    private readonly Queue<string> _lines = new();
    private readonly Lock _lock = new();

    public void Add(string? line)
    {
        if (line is null)
            return;
        lock (_lock)
        {
            _lines.Enqueue(line);
            if (_lines.Count > LinesKept)
                _lines.Dequeue();
        }
    }

    public override string ToString()
    {
        lock (_lock)
            return _lines.Count == 0 ? "(it wrote nothing)" : string.Join('\n', _lines);
    }
}
