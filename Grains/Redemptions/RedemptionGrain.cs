using Orleans.Concurrency;
using SecKill.Grains.Interfaces.Redemptions;

namespace SecKill.Grains.Redemptions;

/// <inheritdoc cref="IRedemptionGrain"/>
/// <remarks>Stateless: the ledger decides, and <see cref="RedemptionWriter"/> bounds what waits for it.</remarks>
[StatelessWorker]
internal sealed class RedemptionGrain(RedemptionWriter writer, IOptions<RedemptionOptions> options, TimeProvider time) : Grain, IRedemptionGrain
{
    public async Task<RedemptionReply[]> Redeem(Redemption[] all)
    {
        var began = time.GetTimestamp();
        var replies = await Task.WhenAll(Array.ConvertAll(all, writer.RedeemAsync));
        SiloMetrics.RedemptionDuration.Record(time.GetElapsedTime(began).TotalSeconds);
        foreach (var (i, reply) in replies.Index())
            SiloMetrics.Redemptions.Add(reply.Status, all[i].WasOffline ? TillState.Offline : TillState.Online);
        return replies;
    }

    public async Task<RedemptionReply> Undo(string code, RequestMark by)
    {
        var reply = await writer.UndoAsync(code, options.Value.UndoWithin, by);
        SiloMetrics.Undos.Add(reply.Status);
        return reply;
    }
}
