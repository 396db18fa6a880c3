using CsCheck;

namespace SecKill.Tests.Integration.Stock;

/// <summary>One random thing that happens to a coupon. Users are small numbers, so that they meet again.</summary>
internal abstract record StockStep
{
    private static readonly Gen<int[]> _users = Gen.Int[0, 15].Array[1, 8];
    private static readonly string[] _actions = ["add", "remove", "append", "reset", "renew", "take", "drop", "wait", "unwait", "log"];
    private static readonly Gen<int> _token = Gen.Int[0, 1];

    private static readonly Gen<StockStep> _orderly = Gen.Frequency(
        (6, _users.Select(StockStep (users) => new Claim(users))),
        (3, Gen.Select(Gen.Int[0, 9], Gen.Int[-1, 1], Gen.Int[-1, 1],
            StockStep (count, epoch, position) => new Drain(count, count % 3 == 0 ? epoch : 0, count % 3 == 1 ? position : 0))),
        (1, Gen.Select(Gen.Int[-1, 2], Gen.Int[-3, 3], Gen.Bool, StockStep (version, amount, stops) => new Apply(version, amount, stops))),
        (1, Gen.Int[1, 3].Select(StockStep (units) => new Hold(units))),
        (1, Gen.Select(Gen.Int[-1, 1], Gen.Int[-1, 1], StockStep (starts, ends) => new SetEdges(EdgeOf(starts), EdgeOf(ends)))),
        (1, Gen.Bool.Select(StockStep (isPaused) => new SetPaused(isPaused))),
        (1, Gen.Const<StockStep>(new AllowReturns())),
        (2, _users.Select(StockStep (users) => new GiveBack(users))),
        (3, _users.Select(StockStep (users) => new Join(users))),
        (1, _users.Select(StockStep (users) => new Leave(users))),
        (1, Gen.Const<StockStep>(new Serve())),
        (1, Gen.Select(Gen.Int[0, 9], Gen.Int[-1, 1], Gen.Int[-1, 1],
            StockStep (count, epoch, position) => new DrainLog(count, count % 3 == 0 ? epoch : 0, count % 3 == 1 ? position : 0))));

    private static readonly Gen<StockStep> _damage = Gen.Frequency(
        (2, Gen.Int[0, 7].Select(StockStep (key) => new Delete(key))),
        (1, Gen.Const<StockStep>(new FlushAll())),
        (3, Gen.Select(Gen.Int[1, 3], _users, StockStep (writes, users) => new Torn(writes, users))),
        (1, Gen.Select(Gen.Int[1, 3], _users, StockStep (writes, users) => new TornJoin(writes, users))),
        (1, Gen.Select(Gen.Int[1, 3], Gen.Int[1, 3], StockStep (writes, count) => new TornLeave(writes, count))),
        (1, Gen.Int[1, 4].Select(StockStep (writes) => new TornServe(writes))),
        (2, Gen.Select(Gen.Int[1, 3], _users, StockStep (writes, users) => new TornReturn(writes, users))),
        (2, _token.Select(StockStep (token) => new Close(token))),
        (2, Gen.Const<StockStep>(new LeaseEnds())),
        (3, Gen.Select(_token, Gen.Int[0, 9].Select(action => _actions[action]), _users,
            StockStep (token, action, users) => new Restore(token, action, users))),
        (2, Gen.Select(_token, Gen.Int[-1, 1], Gen.Int[-1, 1], StockStep (token, off, version) => new Open(token, off, version))));

    private static StockModel.Edge? EdgeOf(int number) => number < 0 ? null : (StockModel.Edge)number;

    private static readonly Gen<StockStep> _repair = _token.Select(StockStep (token) => new Repair(token));

    /// <summary>Only claims and relays: a healthy server.</summary>
    public static Gen<StockStep[]> Healthy { get; } = _orderly.Array[1, 12];

    /// <summary>With damage and with reconciling, done well or wrongly.</summary>
    public static Gen<StockStep[]> Damaged { get; } = Gen.Frequency((6, _orderly), (2, _damage), (2, _repair)).Array[1, 20];

    /// <summary>A batch of claims, a user perhaps twice.</summary>
    internal sealed record Claim(int[] Users) : StockStep
    {
        public override string ToString() => $"Claim [{string.Join(' ', Users)}]";
    }

    /// <summary>Reads the head and acknowledges it, perhaps under another epoch or position than was read.</summary>
    internal sealed record Drain(int Count, int EpochOff, int PositionOff) : StockStep;

    internal sealed record Delete(int Key) : StockStep;

    internal sealed record FlushAll : StockStep;

    /// <summary>The first writes of a claim script, as a killed server may keep them.</summary>
    internal sealed record Torn(int Writes, int[] Users) : StockStep
    {
        public override string ToString() => $"Torn {Writes} [{string.Join(' ', Users)}]";
    }

    /// <summary>The first writes of a script that gives units back.</summary>
    internal sealed record TornReturn(int Writes, int[] Users) : StockStep
    {
        public override string ToString() => $"TornReturn {Writes} [{string.Join(' ', Users)}]";
    }

    internal sealed record Close(int Token) : StockStep;

    internal sealed record LeaseEnds : StockStep;

    internal sealed record Restore(int Token, string Action, int[] Users) : StockStep
    {
        public override string ToString() => $"Restore {Token} {Action} [{string.Join(' ', Users)}]";
    }

    /// <summary>Opens, perhaps with a wrong count, or with terms of before a stop.</summary>
    internal sealed record Open(int Token, int CountOff, int VersionOff) : StockStep;

    /// <summary>Brings terms of another version and amount, perhaps as a stop.</summary>
    internal sealed record Apply(int VersionOff, int AmountOff, bool Stops) : StockStep;

    /// <summary>Moves the edges of the window, or takes them away, without touching what was latched: as if the clock were set.</summary>
    internal sealed record SetEdges(StockModel.Edge? Starts, StockModel.Edge? Ends) : StockStep;

    internal sealed record SetPaused(bool IsPaused) : StockStep;

    /// <summary>Sets units aside, as a change will.</summary>
    internal sealed record Hold(int Units) : StockStep;

    internal sealed record AllowReturns : StockStep;

    /// <summary>Owners give their units back; some names may own nothing, or have given it back before.</summary>
    internal sealed record GiveBack(int[] Users) : StockStep
    {
        public override string ToString() => $"GiveBack [{string.Join(' ', Users)}]";
    }

    /// <summary>Customers who join the waiting list.</summary>
    internal sealed record Join(int[] Users) : StockStep
    {
        public override string ToString() => $"Join [{string.Join(' ', Users)}]";
    }

    /// <summary>Customers who leave the waiting list.</summary>
    internal sealed record Leave(int[] Users) : StockStep
    {
        public override string ToString() => $"Leave [{string.Join(' ', Users)}]";
    }

    /// <summary>What the relay does while customers wait.</summary>
    internal sealed record Serve : StockStep;

    /// <summary>As <see cref="Drain"/>, of the waitlog.</summary>
    internal sealed record DrainLog(int Count, int EpochOff, int PositionOff) : StockStep;

    /// <summary>The first writes of a join.</summary>
    internal sealed record TornJoin(int Writes, int[] Users) : StockStep
    {
        public override string ToString() => $"TornJoin {Writes} [{string.Join(' ', Users)}]";
    }

    /// <summary>The first writes of a leave of those first in line.</summary>
    internal sealed record TornLeave(int Writes, int Count) : StockStep;

    /// <summary>The first writes of serving.</summary>
    internal sealed record TornServe(int Writes) : StockStep;

    /// <summary>Closes, puts every known owner into the outbox, and opens.</summary>
    internal sealed record Repair(int Token) : StockStep;
}
