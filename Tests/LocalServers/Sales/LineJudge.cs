using System.Collections.Concurrent;

namespace SecKill.Tests.LocalServers.Sales;

/// <summary>
/// Judges what the customers of one coupon are told while its units change hands: by returns, the waiting list and redemptions. Times are
/// timestamps of <see cref="Stopwatch"/>; a question was decided between when it was sent and when it was answered. Nothing that waits for an
/// answer longer, or is asked again, is taken for false. Each method that hears an answer returns why it is false, or null. Thread-safe.
/// </summary>
public sealed class LineJudge<TCustomer>
    where TCustomer : notnull
{
    // As long as a gateway may refuse by a lease of before.
    private static readonly long _lease = Stopwatch.Frequency / 10;

    private readonly ConcurrentDictionary<TCustomer, LineRecord> _records = new();
    private readonly ConcurrentQueue<(TCustomer Customer, long Sent, long Told)> _wins = new();
    private int _checked;

    /// <summary>How many answers were judged.</summary>
    public int Checked => Volatile.Read(ref _checked);

    /// <summary>An answer to a claim.</summary>
    /// <param name="sent">When this claim was sent.</param>
    /// <param name="told">When it was answered.</param>
    /// <param name="mayOwn">An earlier claim of the customer may have won without an answer.</param>
    public string? HearClaim(TCustomer customer, Heard heard, long sent, long told, bool mayOwn = false) => Judge(customer, record =>
    {
        var isOwner = record.Owned != 0 && sent > record.Owned;
        var lie = ClaimJudge.FindLie(
            heard, isOwner, mayOwn || record.Owned != 0 || record.JoinAsked != 0, isAfterSoldOut: false, record.Return, sent > record.Returned + _lease)
            ?? FindLieInLine(record, heard, sent);
        switch (heard)
        {
            case Heard.Claimed:
                _wins.Enqueue((customer, sent, told));
                Own(record, told);
                break;
            case Heard.AlreadyClaimed:
                Own(record, told);
                break;
            case Heard.Waiting:
                Wait(record, sent, told);
                break;
        }
        return lie;
    });

    /// <summary>The customer is about to ask for a place in line.</summary>
    public void AskJoin(TCustomer customer, long sent) => Note(customer, record => record.JoinAsked = First(record.JoinAsked, sent));

    /// <summary>A place in line, told to one who asked to join or where he is.</summary>
    /// <param name="place">0 if the customer owns a unit.</param>
    public string? HearPlace(TCustomer customer, long place, long sent, long told) => Judge(customer, record =>
    {
        var lie = place == 0
            ? FindFalseOwner(record, sent)
            : ClaimJudge.FindLie(Heard.Waiting, record.Owned != 0 && sent > record.Owned, mayOwn: true, isAfterSoldOut: false, record.Return, isAfterLease: true)
                ?? FindLieInLine(record, Heard.Waiting, sent);
        if (place == 0)
            Own(record, told);
        else
            Wait(record, sent, told);
        return lie;
    });

    /// <summary>The customer was told not to be put in line.</summary>
    /// <param name="word">The reason.</param>
    public string? HearNoPlace(TCustomer customer, string word, long sent, long told) => Judge(customer, record =>
    {
        var lie = word switch
        {
            "already-claimed" => FindFalseOwner(record, sent),
            "returned" => record.ReturnAsked == 0 ? "was told of a return that he never asked for" : null,
            _ when record.Returned != 0 && sent > record.Returned + _lease => $"was told {word} with no word of the return",
            _ => record.IsInLine(sent, _lease) ? $"was told {word}, though he waits or was served" : null,
        };
        if (word == "already-claimed")
            Own(record, told);
        return lie;
    });

    /// <summary>The customer is about to leave the line.</summary>
    public void AskLeave(TCustomer customer, long sent) => Note(customer, record => record.LeaveAsked = First(record.LeaveAsked, sent));

    /// <summary>The answer to that.</summary>
    /// <param name="isOwner">Told to own a unit; else to be out of line.</param>
    public string? HearLeave(TCustomer customer, bool isOwner, long sent, long told) => Judge(customer, record =>
    {
        var lie = isOwner ? FindFalseOwner(record, sent)
            : record.Owned != 0 && sent > record.Owned && record.ReturnAsked == 0 ? "was told to be out of line, though he owns a unit" : null;
        if (isOwner)
            Own(record, told);
        else
            record.Left = First(record.Left, told);
        return lie;
    });

    /// <summary>The customer is about to give the unit back.</summary>
    public void AskReturn(TCustomer customer, long sent) => Note(customer, record => record.ReturnAsked = First(record.ReturnAsked, sent));

    /// <summary>The answer to that.</summary>
    /// <param name="refusal">Null if it is given back; else the reason.</param>
    public string? HearReturn(TCustomer customer, string? refusal, long sent, long told) => Judge(customer, record =>
    {
        if (refusal is null)
            record.Returned = First(record.Returned, told);
        return refusal switch
        {
            null => record.Redeemed != 0 && record.UndoAsked == 0 ? "gave the unit back, though it is redeemed" : null,
            "redeemed" when record.RedemptionAsked == 0 => "was told of a redemption that no till asked for",
            "redeemed" when record.Returned != 0 => "was told that it is redeemed, though he gave it back",
            _ => record.Returned != 0 ? $"was told {refusal}, though he gave it back" : null,
        };
    });

    /// <summary>A till is about to redeem the customer's unit.</summary>
    public void AskRedemption(TCustomer customer, long sent) => Note(customer, record => record.RedemptionAsked = First(record.RedemptionAsked, sent));

    /// <summary>The answer to that.</summary>
    /// <param name="refusal">Null if it is redeemed by this request; else the reason.</param>
    /// <param name="isRepeat">The same request was sent before and may have been done.</param>
    public string? HearRedemption(TCustomer customer, string? refusal, long sent, long told, bool isRepeat = false) => Judge(customer, record =>
    {
        var lie = refusal switch
        {
            null when record.Returned != 0 => "redeemed a unit that was given back",
            null when record.Redeemed != 0 && record.UndoAsked == 0 && !isRepeat => "redeemed a unit for the second time",
            "returned" when record.ReturnAsked == 0 => "was told of a return that no customer asked for",
            "returned" when record.Redeemed != 0 && record.UndoAsked == 0 => "was told that it is given back, though it is redeemed",
            _ => null,
        };
        if (refusal is null)
            record.Redeemed = First(record.Redeemed, told);
        return lie;
    });

    /// <summary>A till is about to take a redemption back.</summary>
    public void AskUndo(TCustomer customer, long sent) => Note(customer, record => record.UndoAsked = sent);

    /// <summary>It is taken back: the next till may redeem it, or the customer give it back.</summary>
    public void HearUndone(TCustomer customer) => Note(customer, record => (record.Redeemed, record.UndoAsked) = (0, 0));

    /// <summary>The customer is known to wait to the end: the seller's stores say so.</summary>
    public void WaitsAtTheEnd(TCustomer customer) => Note(customer, record => record.Waited = long.MaxValue);

    /// <summary>
    /// Customers who were overtaken, once no question is under way: who won by a claim that was sent while another one waited, and went on to
    /// wait after it was answered; and who was served while one waited who had been told to be in line before the other asked to join.
    /// </summary>
    public IEnumerable<string> FindOvertaken()
    {
        var waited = new KnownWaits<TCustomer>(_records.Where(one => one.Value.Joined != 0).Select(one => (one.Key, one.Value.Joined, one.Value.Waited)));
        foreach (var (customer, sent, told) in _wins)
        {
            if (waited.Find(sent, told) is { } other)
                yield return $"{customer} won by a claim while {other} waited";
        }
        foreach (var (customer, record) in _records)
        {
            if (record is { JoinAsked: not 0, Joined: not 0, Owned: not 0, LeaveAsked: 0 } && waited.Find(record.JoinAsked, record.Owned) is { } other)
                yield return $"{customer} was served while {other} waited, who had joined before";
        }
    }

    private static string? FindLieInLine(LineRecord record, Heard heard, long sent) => heard switch
    {
        Heard.Waiting when record.JoinAsked == 0 => "was told that he waits, and never asked for it",
        Heard.Waiting when record.Left != 0 && sent > record.Left => "was told that he waits, though he has left",
        Heard.Claimed when record.IsInLine(sent) && record.Owned == 0 => "won by a claim, though he waits",
        Heard.SoldOut or Heard.NotStarted when record.IsInLine(sent, _lease) => "was refused with no word of his place in line, longer after it than a lease lasts",
        _ => null,
    };

    private static string? FindFalseOwner(LineRecord record, long sent) =>
        record.Returned != 0 && sent > record.Returned ? "was told that he owns a unit, though he gave it back"
        : record.Left != 0 && sent > record.Left && record.Owned == 0 ? "was served, though he had left" : null;

    private static void Own(LineRecord record, long told) => record.Owned = First(record.Owned, told);

    private static void Wait(LineRecord record, long sent, long told)
    {
        record.Joined = First(record.Joined, told);
        record.Waited = Math.Max(record.Waited, sent);
    }

    private static long First(long before, long now) => before != 0 ? before : now;

    private string? Judge(TCustomer customer, Func<LineRecord, string?> hear)
    {
        Interlocked.Increment(ref _checked);
        var record = _records.GetOrAdd(customer, _ => new LineRecord());
        lock (record)
            return hear(record);
    }

    private void Note(TCustomer customer, Action<LineRecord> note)
    {
        var record = _records.GetOrAdd(customer, _ => new LineRecord());
        lock (record)
            note(record);
    }
}
