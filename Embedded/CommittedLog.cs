using System.Buffers.Binary;
using System.Globalization;

namespace SecKill.Embedded;

/// <summary>
/// Finds the last commit in the files of Garnet's log (2.2.8), to compare with what Garnet recovers. A commit record is a negative 4-byte
/// length and a body with the address after itself and a checksum, which tell it from other data.
/// </summary>
internal static class CommittedLog
{
    // Bytes of a file (AofSegmentSize).
    private const int SegmentSize = 64 << 20;

    private const int Length = sizeof(int);
    private const int RecordSize = 40;
    private const int Sector = 512;

    // What Garnet holds in memory before it waits for the disk (AofMemorySize).
    private const long MaxUncommitted = 32 << 20;

    /// <summary>The address after the last commit; 0 without a commit.</summary>
    /// <param name="folder">The log's folder.</param>
    /// <exception cref="ConfigurationException">The log ends before a commit recorded beside it.</exception>
    public static long EndIn(string folder)
    {
        var files = Path.Combine(folder, "AOF");
        var end = Directory.Exists(files) ? EndOf(files) : 0;
        return NotedIn(Path.Combine(files, "log-commits")) <= end ? end : throw Damaged(folder, null);
    }

    /// <summary>The exception for an incomplete log.</summary>
    public static ConfigurationException Damaged(string folder, Exception? fault) => DataFolder.Fault(
        $"The log in '{folder}' is damaged: not all that was committed can be read. Restore the folder '{Path.GetDirectoryName(folder)}' from a backup. "
        + "Without one: move it away; then log-outs are forgotten, and so is what was claimed in the last half second before the end.",
        fault);

    /// <summary>Cuts the log off after the last commit.</summary>
    /// <param name="folder">The log's folder.</param>
    /// <param name="end">The result of <see cref="EndIn"/>.</param>
    /// <returns>How many bytes that was.</returns>
    /// <exception cref="ConfigurationException">It is more than one commit can be, or the whole log.</exception>
    public static long CutAt(string folder, long end)
    {
        var files = Path.Combine(folder, "AOF");
        var rest = Directory.EnumerateFiles(files, "aof.log.*").Sum(file => SegmentOf(file) * SegmentSize + new FileInfo(file).Length > end
            ? new FileInfo(file).Length - Math.Max(0, end - SegmentOf(file) * SegmentSize)
            : 0);
        if (end == 0 || rest > MaxUncommitted)
            throw Damaged(folder, null);
        foreach (var file in Directory.EnumerateFiles(files, "aof.log.*").Where(file => SegmentOf(file) > end / SegmentSize))
            File.Delete(file);
        using var last = new FileStream(Path.Combine(files, FileOf(end / SegmentSize)), FileMode.OpenOrCreate, FileAccess.Write);
        last.SetLength(end % SegmentSize);
        // Whole sectors, as Garnet writes them.
        last.SetLength((last.Length + Sector - 1) / Sector * Sector);
        last.Flush(flushToDisk: true);
        return rest;
    }

    private static string FileOf(long segment) => string.Create(CultureInfo.InvariantCulture, $"aof.log.{segment}");

    private static long SegmentOf(string file) => long.Parse(Path.GetExtension(file.AsSpan())[1..], NumberStyles.None, CultureInfo.InvariantCulture);

    private static long EndOf(string files)
    {
        foreach (var file in Directory.EnumerateFiles(files, "aof.log.*").OrderByDescending(SegmentOf))
        {
            var bytes = File.ReadAllBytes(file).AsSpan();
            var begin = SegmentOf(file) * SegmentSize;
            for (var at = (bytes.Length - Length - RecordSize) & ~3; at >= 0; at -= 4)
            {
                if (BinaryPrimitives.ReadInt32LittleEndian(bytes[at..]) == -RecordSize
                    && UntilOf(bytes.Slice(at + Length, RecordSize)) == begin + at + Length + RecordSize)
                    return begin + at + Length + RecordSize;
            }
        }
        return 0;
    }

    /// <summary>The latest commit that has a file of its own; not every commit has one.</summary>
    private static long NotedIn(string commits) => Directory.Exists(commits)
        ? Directory.EnumerateFiles(commits, "commit.*").Select(File.ReadAllBytes)
            .Where(bytes => bytes.Length >= Length + RecordSize).Select(bytes => UntilOf(bytes.AsSpan(Length, RecordSize))).DefaultIfEmpty().Max()
        : 0;

    /// <summary>Reads a record: version, checksum, begin, until, number, and -1 for want of a cookie.</summary>
    /// <returns>The address up to which it commits; 0 if this is no record.</returns>
    private static long UntilOf(ReadOnlySpan<byte> record)
    {
        var checksum = BinaryPrimitives.ReadInt64LittleEndian(record[4..]);
        var begin = BinaryPrimitives.ReadInt64LittleEndian(record[12..]);
        var until = BinaryPrimitives.ReadInt64LittleEndian(record[20..]);
        var number = BinaryPrimitives.ReadInt64LittleEndian(record[28..]);
        return until > 0 && BinaryPrimitives.ReadInt32LittleEndian(record[36..]) == -1 && checksum == (begin ^ until ^ number ^ -1) ? until : 0;
    }
}
