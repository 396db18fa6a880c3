using System.Buffers;
using System.Security.Cryptography;

namespace SecKill.Gateway.Coupons;

/// <summary>
/// An export of a feed on its way to a client: rows are written into a buffer, which goes to the client a page at a time, when it has taken
/// the page before. The last line tells how many there were, and their digest: what was cut off shows.
/// </summary>
internal abstract class FeedExport<T> : IDisposable where T : struct, IFeedRow
{
    private readonly ArrayBufferWriter<byte> _page = new(64 * 1024);
    private readonly IncrementalHash _digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _count;

    /// <summary>An export in a form that the client accepts.</summary>
    public static FeedExport<T> In(string type) => type == FeedApi.CsvType ? new CsvExport<T>() : new NdjsonExport<T>();

    /// <summary>The response's content type.</summary>
    public abstract string ContentType { get; }

    /// <summary>Where the lines go.</summary>
    protected IBufferWriter<byte> Page => _page;

    /// <summary>Adds a row.</summary>
    public void Add(T row)
    {
        Write(row);
        _count++;
    }

    /// <summary>Sends what was added.</summary>
    /// <returns>False if the client is gone.</returns>
    public async Task<bool> SendAsync(HttpResponse response)
    {
        _digest.AppendData(_page.WrittenSpan);
        response.BodyWriter.Write(_page.WrittenSpan);
        _page.ResetWrittenCount();
        // Returns once the connection's buffer has room again: SlowReaders closes that of a client which takes nothing.
        return !(await response.BodyWriter.FlushAsync(response.HttpContext.RequestAborted)).IsCompleted;
    }

    /// <summary>Sends what was added and the last line.</summary>
    /// <param name="next">The number after which the rest follows; null where this is all.</param>
    /// <param name="queued">Claims that the ledger did not have when the export began; null where that is not known.</param>
    /// <returns>False if the client is gone.</returns>
    public Task<bool> EndAsync(HttpResponse response, long? next, long? queued)
    {
        End(next, queued);
        return SendAsync(response);
    }

    /// <summary>The whole of a short one.</summary>
    public ReadOnlySpan<byte> Whole()
    {
        End(next: null, queued: 0);
        return _page.WrittenSpan;
    }

    private void End(long? next, long? queued)
    {
        _digest.AppendData(_page.WrittenSpan);
        WriteEnd(new ExportEnd(End: true, _count, Convert.ToHexStringLower(_digest.GetHashAndReset()), next, queued));
    }

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing) => _digest.Dispose();

    protected abstract void Write(T row);

    protected abstract void WriteEnd(ExportEnd end);
}

/// <summary>As CSV: a row of names first, and a last one of as many cells that begins with <c>end</c>.</summary>
internal sealed class CsvExport<T> : FeedExport<T> where T : struct, IFeedRow
{
    private readonly Csv _csv;

    public CsvExport()
    {
        _csv = new Csv(Page);
        _csv.Row(T.Columns);
    }

    public override string ContentType => Csv.ContentType;

    protected override void Write(T row)
    {
        row.WriteTo(_csv);
        _csv.EndRow();
    }

    protected override void WriteEnd(ExportEnd end)
    {
        _csv.Cell("end");
        _csv.Cell(end.Count);
        _csv.Cell(end.Sha256);
        _csv.Cell(end.Next);
        // Events have no cell for it.
        if (T.Columns.Count > 4)
            _csv.Cell(end.Queued);
        _csv.EndRow();
    }
}

/// <summary>As a JSON object a line.</summary>
internal sealed class NdjsonExport<T> : FeedExport<T> where T : struct, IFeedRow
{
    private readonly Ndjson _lines;

    public NdjsonExport() => _lines = new Ndjson(Page);

    public override string ContentType => Ndjson.ContentType;

    protected override void Write(T row) => _lines.Line(row);

    protected override void WriteEnd(ExportEnd end) => _lines.Line(end);

    protected override void Dispose(bool disposing)
    {
        _lines.Dispose();
        base.Dispose(disposing);
    }
}
