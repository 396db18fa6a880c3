using System.Diagnostics;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Coupons;
using SecKill.Grains.Stock;

namespace SecKill.Grains.Claims;

/// <summary>
/// What a coupon's activation knows of the coupon being sold out: for a lease after Redis said so, whoever is surely no
/// owner is refused without asking Redis again, here and at the gateways that get the rest of the lease.
/// </summary>
internal sealed class SoldOutLeases
{
    private OwnerFilter? _owners;
    private long _epoch = -1;
    private Task _building = Task.CompletedTask;
    private long _until;

    /// <summary>Takes note of what Redis said.</summary>
    /// <param name="decision">A trusted decision.</param>
    /// <param name="asked">When Redis was asked, by <see cref="Stopwatch.GetTimestamp"/>.</param>
    /// <param name="lease">How long from then on it may be relied on.</param>
    /// <param name="readOwners">Reads all owners; called once a sold-out epoch, in the background.</param>
    public void Update(ClaimDecision decision, long asked, TimeSpan lease, Func<Task<List<string>>> readOwners)
    {
        if (decision.Left > 0 || decision.Epoch != _epoch)
            Withdraw();
        if (decision.Left > 0)
            return;
        _epoch = decision.Epoch;
        _until = asked + (long)(lease.TotalSeconds * Stopwatch.Frequency);
        if (_owners is null && _building.IsCompleted)
            _building = BuildAsync(decision.Epoch, decision.Owners, readOwners);
    }

    /// <summary>Forgets everything; the coupon may have pieces again.</summary>
    public void Withdraw()
    {
        _owners = null;
        _epoch = -1;
        _until = 0;
    }

    /// <summary>The rest of the lease, or null where there is none to give.</summary>
    /// <param name="known">The id of the filter the receiver has.</param>
    public SoldOutLease? LeaseFor(string? known)
    {
        var rest = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), _until);
        return _owners is { } owners && rest > TimeSpan.Zero
            ? new SoldOutLease(rest, owners.Id, owners.Id == known ? null : owners)
            : null;
    }

    /// <summary>Refuses a batch of which nobody can be an owner, if the lease holds.</summary>
    public bool TryAnswer(ClaimBatch batch, out ClaimReply refusal)
    {
        refusal = null!;
        if (LeaseFor(batch.KnownOwners) is not { } lease || Array.Exists(batch.Users, _owners!.MayContain))
            return false;
        var outcomes = new ClaimOutcome[batch.Users.Length];
        Array.Fill(outcomes, ClaimOutcome.SoldOut);
        refusal = new ClaimReply(outcomes, lease);
        return true;
    }

    private async Task BuildAsync(long epoch, long count, Func<Task<List<string>>> readOwners)
    {
        try
        {
            // Distinct: a scan may return one twice. Fewer than there are: Redis was replaced while we read.
            var owners = (await readOwners()).ToHashSet();
            if (_epoch == epoch && owners.Count == count)
                _owners = new OwnerFilter(Guid.NewGuid().ToString("N"), owners);
        }
        catch (UnavailableException)
        {
            // No filter, no lease: Redis is asked each time, and the next refusal tries again.
        }
    }
}
