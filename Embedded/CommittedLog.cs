using System.Buffers.Binary;
using System.Globalization;

namespace SecKill.Embedded;

/// <summary>
/// Finds in the files of Garnet's log (version 2.2.8) up to where it was committed, to compare with what Garnet makes of them. A commit
/// record there is a length of 4 bytes, negative, and a body that tells the address behind itself, with a checksum: so it can be told from all else.
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

    /// <summary>The address behind the last commit; 0 where nothing was committed.</summary>
    /// <param name="folder">The log's folder.</param>
    /// <exception cref="DataFolderException">The log ends before a commit that is noted beside it.</exception>
    public static long EndIn(string folder)
    {
        var files = Path.Combine(folder, "AOF");
        var end = Directory.Exists(files) ? EndOf(files) : 0;
        return NotedIn(Path.Combine(files, "log-commits")) <= end ? end : throw Damaged(folder, null);
    }

    /// <summary>Says of a log that not all of it can be read.</summary>
    public static DataFolderException Damaged(string folder, Exception? fault) => new(
        $"The log in '{folder}' is damaged: not all that was committed can be read. Restore the folder '{Path.GetDirectoryName(folder)}' from a backup. "
        + "Without one: move it away; then log-outs are forgotten, and so is what was claimed in the last half second before the end.",
        fault);

    /// <summary>Cuts off what lies behind the last commit.</summary>
    /// <param name="folder">The log's folder.</param>
    /// <param name="end">As <see cref="EndIn"/> told it.</param>
    /// <returns>How many bytes that was.</returns>
    /// <exception cref="DataFolderException">It is more than one commit can have been, or all there is.</exception>
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

    /// <summary>The latest commit that is noted in a file of its own; of those in between there are none.</summary>
    private static long NotedIn(string commits) => Directory.Exists(commits)
        ? Directory.EnumerateFiles(commits, "commit.*").Select(File.ReadAllBytes)
            .Where(bytes => bytes.Length >= Length + RecordSize).Select(bytes => UntilOf(bytes.AsSpan(Length, RecordSize))).DefaultIfEmpty().Max()
        : 0;

    /// <summary>Reads a record: version, checksum, begin, until, number, and -1 for want of a cookie.</summary>
    /// <returns>The address up to which it commits; 0 where it is no record.</returns>
    private static long UntilOf(ReadOnlySpan<byte> record)
    {
        var checksum = BinaryPrimitives.ReadInt64LittleEndian(record[4..]);
        var begin = BinaryPrimitives.ReadInt64LittleEndian(record[12..]);
        var until = BinaryPrimitives.ReadInt64LittleEndian(record[20..]);
        var number = BinaryPrimitives.ReadInt64LittleEndian(record[28..]);
        return until > 0 && BinaryPrimitives.ReadInt32LittleEndian(record[36..]) == -1 && checksum == (begin ^ until ^ number ^ -1) ? until : 0;
    }
}
