namespace SecKill.Tests.Integration.Stock;

/// <summary>What the scripts should do to one coupon, in plain C#: the same keys, none of the cleverness.</summary>
internal sealed class StockModel
{
    /// <summary>Null where the hash is gone.</summary>
    public Fields? Hash { get; set; }

    public HashSet<string> Owners { get; } = [];

    public List<string> Queue { get; } = [];

    /// <summary>Who gave a unit back.</summary>
    public HashSet<string> Returned { get; } = [];

    /// <summary>The outbox in preparation.</summary>
    public List<string> Next { get; } = [];

    /// <summary>Who waits, in line.</summary>
    public List<string> Line { get; } = [];

    /// <summary>The waitlog: names after a plus or a minus.</summary>
    public List<string> Log { get; } = [];

    /// <summary>The waitlog in preparation.</summary>
    public List<string> NextLog { get; } = [];

    public StockState State => Hash switch
    {
        null or { Verified: null } => StockState.Missing,
        { Closed: true } => StockState.Closed,
        { Verified: false } => StockState.Unverified,
        var hash => hash is { Left: >= 0, Held: >= 0 } && hash.Left + hash.Held + Owners.Count == hash.Amount && hash.Base + Queue.Count == Positions
            && (hash.Waitlist is null || (Line.Count == hash.Joins - hash.Leaves - hash.Served && hash.WaitBase + Log.Count == hash.Joins + hash.Leaves))
            ? StockState.Verified
            : StockState.Unverified,
    };

    /// <summary>How many claims have ever entered the outbox.</summary>
    public int Positions => Owners.Count + (TakesReturns ? Returned.Count : 0);

    /// <summary>Whether units may be given back, so that the returned count.</summary>
    public bool TakesReturns => Hash is { Version: not null, Returns: true };

    /// <summary>How many a script serves.</summary>
    public const int MaxServed = 512;

    public ClaimOutcome[]? Claim(string[] users)
    {
        if (State != StockState.Verified)
            return null;
        var refusal = Judge();
        if (refusal is null)
            Serve(MaxServed);
        return Array.ConvertAll(users, user =>
        {
            if (Owners.Contains(user))
                return ClaimOutcome.AlreadyClaimed;
            if (TakesReturns && Returned.Contains(user))
                return ClaimOutcome.Returned;
            if (refusal is { } word)
                return word;
            if (Line.Contains(user) && Hash!.Waitlist is not null)
                return ClaimOutcome.Waiting;
            if (Hash!.Left == 0 || (Line.Count > 0 && Hash.Waitlist is not null))
                return ClaimOutcome.SoldOut;
            Hash.Left--;
            Owners.Add(user);
            Queue.Add(user);
            return ClaimOutcome.Claimed;
        });
    }

    /// <summary>Gives units to those first in line.</summary>
    /// <returns>Who was served.</returns>
    public string[] Serve(int most)
    {
        if (Hash!.Waitlist is null)
            return [];
        string[] served = [.. Line.Take(Math.Min(most, Hash.Left))];
        Line.RemoveRange(0, served.Length);
        (Hash.Left, Hash.Served) = (Hash.Left - served.Length, Hash.Served + served.Length);
        Owners.UnionWith(served);
        Queue.AddRange(served);
        return served;
    }

    public WaitOutcome[]? Join(string[] users)
    {
        if (State != StockState.Verified)
            return null;
        var refusal = Hash!.Waitlist is null ? WaitOutcome.NoWaitlist
            : Judge() switch
            {
                ClaimOutcome.Ended => WaitOutcome.Ended,
                ClaimOutcome.NotStarted => WaitOutcome.NotSoldOut,
                _ => Hash.Left > 0 && Line.Count == 0 ? WaitOutcome.NotSoldOut : (WaitOutcome?)null,
            };
        return Array.ConvertAll(users, user =>
        {
            if (Hash.Waitlist is null)
                return WaitOutcome.NoWaitlist;
            if (Owners.Contains(user))
                return WaitOutcome.AlreadyClaimed;
            if (TakesReturns && Returned.Contains(user))
                return WaitOutcome.Returned;
            if (Line.Contains(user))
                return WaitOutcome.Waiting;
            if (refusal is { } word)
                return word;
            if (Line.Count >= Hash.Waitlist)
                return WaitOutcome.Full;
            Line.Add(user);
            Log.Add($"+{user}");
            Hash.Joins++;
            return WaitOutcome.Joined;
        });
    }

    public WaitOutcome[]? Leave(string[] users)
    {
        if (State != StockState.Verified)
            return null;
        return Array.ConvertAll(users, user =>
        {
            if (Hash!.Waitlist is not null && Line.Remove(user))
            {
                Log.Add($"-{user}");
                Hash.Leaves++;
            }
            return Owners.Contains(user) ? WaitOutcome.AlreadyClaimed : Hash.Waitlist is null ? WaitOutcome.NoWaitlist : WaitOutcome.Left;
        });
    }

    public bool AcknowledgeLog(long epoch, long position, int count)
    {
        if (State != StockState.Verified || Hash!.Waitlist is null || Hash.Epoch != epoch || Hash.WaitBase != position)
            return false;
        Log.RemoveRange(0, count);
        Hash.WaitBase += count;
        return true;
    }

    /// <summary>What all hear who own nothing, after a claim has latched what is past; null where units are for sale.</summary>
    public ClaimOutcome? Judge()
    {
        if (Hash!.Version is null)
            return null;
        Hash.Ended |= Hash.Ends == Edge.Past;
        Hash.Opened |= Hash.Starts == Edge.Past && !Hash.Ended;
        return Hash.Ended ? ClaimOutcome.Ended
            : Hash.Starts is not null && !Hash.Opened ? ClaimOutcome.NotStarted
            : Hash.IsPaused ? ClaimOutcome.Paused : null;
    }

    /// <summary>Moves the edges under the scripts, as a clock that is set does.</summary>
    public bool SetEdges(Edge? starts, Edge? ends)
    {
        if (State != StockState.Verified)
            return false;
        (Hash!.Version, Hash.Starts, Hash.Ends) = (Math.Max(1, Hash.Version ?? 0), starts, ends);
        return true;
    }

    public bool SetPaused(bool isPaused)
    {
        if (State != StockState.Verified)
            return false;
        (Hash!.Version, Hash.IsPaused) = (Math.Max(1, Hash.Version ?? 0), isPaused);
        return true;
    }

    public bool Acknowledge(long epoch, long position, int count)
    {
        if (State != StockState.Verified || Hash!.Epoch != epoch || Hash.Base != position)
            return false;
        Queue.RemoveRange(0, count);
        Hash.Base += count;
        return true;
    }

    public bool Close(string token)
    {
        if (Hash is { Closed: true })
            return false;
        Hash ??= new Fields();
        (Hash.Verified, Hash.Token, Hash.Closed) = (false, token, true);
        return true;
    }

    public bool Restore(string token, string action, string[] values)
    {
        if (Hash?.Token != token)
            return false;
        Hash.Closed = true;
        switch (action)
        {
            case "add": Owners.UnionWith(values); break;
            case "remove": Owners.ExceptWith(values); break;
            case "take": Returned.UnionWith(values); break;
            case "drop": Returned.ExceptWith(values); break;
            case "append": Next.AddRange(values); break;
            case "reset": Next.Clear(); NextLog.Clear(); break;
            case "wait": Line.RemoveAll(values.Contains); Line.AddRange(values.Distinct()); break;
            case "unwait": Line.RemoveAll(values.Contains); break;
            case "log": NextLog.AddRange(values.Select(user => $"+{user}")); break;
        }
        return true;
    }

    public OpenResult Open(string token, long epoch, int amount, long drained, int owners, int queued, int returned, long version, int waits)
    {
        if (token.Length == 0 ? Hash is not null || Owners.Count + Queue.Count + Returned.Count + Line.Count + Log.Count > 0 : Hash?.Token != token)
            return OpenResult.Refused;
        if (Hash?.Waitlist is not null && Line.Count != waits)
            return OpenResult.Refused;
        if (Owners.Count != owners || Next.Count != queued || Returned.Count != returned)
            return OpenResult.Refused;
        if (version < Hash?.Floor)
            return OpenResult.BelowFloor;
        Queue.Clear();
        Queue.AddRange(Next);
        Next.Clear();
        Log.Clear();
        if (Hash?.Waitlist is null)
            Line.Clear();
        else
            Log.AddRange(NextLog);
        NextLog.Clear();
        Hash = new Fields
        {
            Verified = true,
            Amount = amount,
            Left = amount - owners,
            Base = drained,
            Epoch = epoch,
            Version = version > 0 || returned > 0 || Hash?.Version is not null ? version : null,
            Returns = returned > 0 || Hash?.Returns == true,
            Floor = Hash?.Floor,
            Waitlist = Hash?.Waitlist,
            WaitBase = (Hash?.Joins ?? 0) + (Hash?.Leaves ?? 0),
            Joins = (Hash?.Joins ?? 0) + Log.Count,
            Leaves = Hash?.Leaves ?? 0,
            Served = (Hash?.Joins ?? 0) + Log.Count - (Hash?.Leaves ?? 0) - Line.Count,
            // Latches that the ledger lacks are kept with their edge.
            Starts = Hash?.Starts,
            Ends = Hash?.Ends,
            IsPaused = Hash?.IsPaused == true,
            Opened = Hash is { Opened: true, Starts: not null },
            Ended = Hash is { Ended: true, Ends: not null },
        };
        return OpenResult.Opened;
    }

    public ApplyResult Apply(long version, int amount, bool stops)
    {
        if (stops)
        {
            Hash ??= new Fields();
            Hash.Floor = Math.Max(Hash.Floor ?? 0, version);
        }
        if (State != StockState.Verified)
            return ApplyResult.NotVerified;
        if (version <= (Hash!.Version ?? 0))
            return ApplyResult.HadThem;
        var left = amount - Owners.Count;
        if (left < 0)
            return ApplyResult.TooManyOwners;
        (Hash.Amount, Hash.Left, Hash.Held, Hash.Version) = (amount, left, 0, version);
        // Without a window and a pause. An end that is taken away is moved, so what was seen of it counts no more.
        (Hash.Ended, Hash.Starts, Hash.Ends, Hash.IsPaused) = (Hash.Ended && Hash.Ends is null, null, null, false);
        return ApplyResult.Applied;
    }

    /// <summary>Sets units aside for a change, as its first step will.</summary>
    public bool Hold(int units)
    {
        if (State != StockState.Verified || Hash!.Left < units)
            return false;
        (Hash.Version, Hash.Left, Hash.Held) = (Hash.Version ?? 0, Hash.Left - units, Hash.Held + units);
        return true;
    }

    /// <summary>Lets units be given back, as from the coupon's creation.</summary>
    public bool AllowReturns()
    {
        if (State != StockState.Verified || Returned.Count > 0)
            return false;
        (Hash!.Version, Hash.Returns) = (Hash.Version ?? 0, true);
        return true;
    }

    /// <summary>Gives units back; null where that cannot be.</summary>
    public GiveBackResult[]? GiveBack(string[] users)
    {
        if (State != StockState.Verified || !TakesReturns)
            return null;
        return Array.ConvertAll(users, user =>
        {
            if (!Owners.Remove(user))
                return Returned.Contains(user) ? GiveBackResult.DoneBefore : GiveBackResult.NoOwner;
            Hash!.Left++;
            Returned.Add(user);
            return GiveBackResult.Done;
        });
    }

    public void Delete(int key)
    {
        switch (key)
        {
            case 0: Hash = null; break;
            case 1: Owners.Clear(); break;
            case 2: Queue.Clear(); break;
            case 3: Returned.Clear(); break;
            case 4: Next.Clear(); break;
            case 5: Line.Clear(); break;
            case 6: Log.Clear(); break;
            case 7: NextLog.Clear(); break;
        }
    }

    /// <summary>The fields of the hash.</summary>
    internal sealed class Fields
    {
        /// <summary>Null where the field is missing, as after a write to a deleted hash; false under another incarnation.</summary>
        public bool? Verified { get; set; }

        public string? Token { get; set; }

        /// <summary>Whether the reconciler's lease is alive.</summary>
        public bool Closed { get; set; }

        // Minus one: unverified, as if the field were missing.
        public int Amount { get; set; } = -1;

        public int Left { get; set; }

        public long Base { get; set; }

        public long Epoch { get; set; } = -1;

        /// <summary>Null where the field is missing: then <see cref="Held"/> and <see cref="Returns"/> do not count.</summary>
        public long? Version { get; set; }

        public int Held { get; set; }

        /// <summary>Whether the returned are part of the equations.</summary>
        public bool Returns { get; set; }

        /// <summary>The version below which nothing may be opened.</summary>
        public long? Floor { get; set; }

        public Edge? Starts { get; set; }

        public Edge? Ends { get; set; }

        /// <summary>Whether a script has seen the start.</summary>
        public bool Opened { get; set; }

        /// <summary>Whether a script has seen the end.</summary>
        public bool Ended { get; set; }

        public bool IsPaused { get; set; }

        /// <summary>How many may wait; null for a coupon without a waiting list.</summary>
        public int? Waitlist { get; set; }

        public int Joins { get; set; }

        public int Leaves { get; set; }

        public int Served { get; set; }

        public int WaitBase { get; set; }
    }

    /// <summary>An edge of the window, which the clock of a test never passes.</summary>
    internal enum Edge
    {
        Past,
        Future,
    }
}
