namespace SecKill.Tests.Integration.Stock;

/// <summary>What the scripts should do to one coupon, in plain C#: the same keys, none of the cleverness.</summary>
internal sealed class StockModel
{
    /// <summary>Null where the hash is gone.</summary>
    public Fields? Hash { get; set; }

    public HashSet<string> Owners { get; } = [];

    public List<string> Queue { get; } = [];

    /// <summary>The outbox in preparation.</summary>
    public List<string> Next { get; } = [];

    public StockState State => Hash switch
    {
        null or { Verified: null } => StockState.Missing,
        { Closed: true } => StockState.Closed,
        { Verified: false } => StockState.Unverified,
        var hash => hash.Left >= 0 && hash.Left + Owners.Count == hash.Amount && hash.Base + Queue.Count == Owners.Count
            ? StockState.Verified
            : StockState.Unverified,
    };

    public ClaimOutcome[]? Claim(string[] users)
    {
        if (State != StockState.Verified)
            return null;
        return Array.ConvertAll(users, user =>
        {
            if (Owners.Contains(user))
                return ClaimOutcome.AlreadyClaimed;
            if (Hash!.Left == 0)
                return ClaimOutcome.SoldOut;
            Hash.Left--;
            Owners.Add(user);
            Queue.Add(user);
            return ClaimOutcome.Claimed;
        });
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
            case "append": Next.AddRange(values); break;
            case "reset": Next.Clear(); break;
        }
        return true;
    }

    public bool Open(string token, long epoch, int amount, long drained, int owners, int queued)
    {
        if (token.Length == 0 ? Hash is not null || Owners.Count + Queue.Count > 0 : Hash?.Token != token)
            return false;
        if (Owners.Count != owners || Next.Count != queued)
            return false;
        Queue.Clear();
        Queue.AddRange(Next);
        Next.Clear();
        Hash = new Fields { Verified = true, Amount = amount, Left = amount - owners, Base = drained, Epoch = epoch };
        return true;
    }

    public void Delete(int key)
    {
        switch (key)
        {
            case 0: Hash = null; break;
            case 1: Owners.Clear(); break;
            case 2: Queue.Clear(); break;
            case 3: Next.Clear(); break;
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
    }
}
