using SecKill.Grains.Outbox;

namespace SecKill.Tests.Integration.Ledger;

/// <summary>Claims reach the ledger exactly once, however many writers and retries.</summary>
public abstract class DrainTests(LedgerSite site)
{
    private ILedger Ledger => site.Ledger;

    [Fact]
    public async Task A_batch_written_again_is_refused_with_the_place_where_the_ledger_stands()
    {
        var coupon = await Ledger.CreateAsync(10);
        var batch = coupon.Batch(0, "anna", "bert");

        Assert.Equal(new DrainResult(true, 2, 0, 0), await Ledger.DrainAsync(batch));
        Assert.Equal(new DrainResult(false, 0, coupon.Epoch, 2), await Ledger.DrainAsync(batch));

        await StandsAtAsync(coupon, left: 8, drained: 2, "anna", "bert");
        Assert.Equal(1_001, Assert.Single(await Ledger.ClaimsOfAsync(["bert"]), claim => claim.Coupon == coupon.Id).Micros);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public async Task A_batch_from_another_position_is_refused(int off)
    {
        var coupon = await Ledger.CreateAsync(10);
        await Ledger.DrainAsync(coupon.Batch(0, "anna", "bert"));

        Assert.Equal(new DrainResult(false, 0, coupon.Epoch, 2), await Ledger.DrainAsync(coupon.Batch(2 + off, "carl")));

        await StandsAtAsync(coupon, left: 8, drained: 2, "anna", "bert");
    }

    [Fact]
    public async Task A_batch_read_before_a_new_epoch_is_refused_and_one_read_after_it_is_not()
    {
        var coupon = await Ledger.CreateAsync(10);
        await Ledger.DrainAsync(coupon.Batch(0, "anna"));

        var next = await Ledger.BeginEpochAsync(coupon.Id, -1);

        Assert.Equal(coupon with { Left = 9, Drained = 1, Epoch = next!.Epoch }, next);
        Assert.Equal(new DrainResult(false, 0, next.Epoch, 1), await Ledger.DrainAsync(coupon.Batch(1, "bert")));
        Assert.Equal(new DrainResult(true, 1, 0, 0), await Ledger.DrainAsync(next.Batch(1, "bert")));
        await StandsAtAsync(coupon, left: 8, drained: 2, "anna", "bert");
    }

    [Fact]
    public async Task A_new_epoch_is_later_than_any_that_was_seen_though_the_ledger_fell_back()
    {
        var coupon = await Ledger.CreateAsync(10);
        var first = await Ledger.BeginEpochAsync(coupon.Id, -1);
        await site.QueryAsync($"UPDATE coupons SET epoch = 0 WHERE id = {coupon.LedgerId}");

        // Redis was lost too, so the first epoch is unknown.
        var second = await Ledger.BeginEpochAsync(coupon.Id, -1);
        Assert.True(second!.Epoch > first!.Epoch);
        Assert.False((await Ledger.DrainAsync(first.Batch(0, "anna"))).Committed);

        // A silo's clock was ahead; ours is not.
        var ahead = second.Epoch + 3_600_000_000;
        Assert.Equal(ahead + 1, (await Ledger.BeginEpochAsync(coupon.Id, ahead))!.Epoch);
        Assert.Equal(ahead + 2, (await Ledger.BeginEpochAsync(coupon.Id, -1))!.Epoch);
    }

    [Fact]
    public async Task A_coupon_that_got_the_id_of_one_that_the_ledger_lost_takes_nothing_of_its_queue()
    {
        var (lost, other, sound) = (await Ledger.CreateAsync(10), await Ledger.CreateAsync(10), await Ledger.CreateAsync(10));
        await site.QueryAsync($"DELETE FROM coupons WHERE id = {lost.LedgerId}");
        await site.QueryAsync($"UPDATE coupons SET id = {lost.LedgerId} WHERE id = {other.LedgerId}");
        other = (await Ledger.FindAsync(other.Id))!;
        Assert.Equal(lost.LedgerId, other.LedgerId);

        var results = await Ledger.DrainAsync([lost.Batch(0, "anna"), sound.Batch(0, "bert")]);

        Assert.Equal([new(false, 0, -1, -1), new(true, 1, 0, 0)], results);
        await StandsAtAsync(other, left: 10, drained: 0);
        await StandsAtAsync(sound, left: 9, drained: 1, "bert");
        Assert.True((await Ledger.DrainAsync(other.Batch(0, "carl"))).Committed);
        Assert.True(await Ledger.HasAllAsync(other.Key, ["carl"]));
        Assert.False(await Ledger.HasAllAsync(lost.Key, ["carl"]));
        Assert.Empty(await Ledger.OwnerNamesAsync(lost.Key, "", 10));
    }

    [Fact]
    public async Task A_coupon_with_more_claims_than_pieces_begins_no_epoch_and_the_refusal_says_what_to_do()
    {
        var coupon = await Ledger.CreateAsync(1);
        await Ledger.DrainAsync(coupon.Batch(0, "anna"));
        await site.QueryAsync($"INSERT INTO claims (coupon_id, username, claimed_at) VALUES ({coupon.LedgerId}, 'bert', 1)");

        var refusal = await Assert.ThrowsAsync<UnavailableException>(() => Ledger.BeginEpochAsync(coupon.Id, -1));

        Assert.True(refusal.IsLasting);
        Assert.Contains("the ledger has 2 claims of it and it has 1 units", refusal.Message, StringComparison.Ordinal);
        Assert.Contains($"UPDATE coupons SET amount = 2 WHERE id = {coupon.LedgerId}", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(coupon with { Left = 0, Drained = 1 }, await Ledger.FindAsync(coupon.Id));
    }

    [Fact]
    public async Task One_coupon_that_is_off_does_not_hold_up_the_others()
    {
        var coupons = await Task.WhenAll(Enumerable.Range(0, 5).Select(i => Ledger.CreateAsync(i == 3 ? 2 : 10)));
        await Ledger.DrainAsync(coupons[2].Batch(0, "anna"));

        var results = await Ledger.DrainAsync([
            coupons[0].Batch(0, "anna", "bert"), coupons[1].Batch(5, "anna"), coupons[2].Batch(1, "anna", "bert"),
            coupons[3].Batch(0, "anna", "bert", "carl"), coupons[4].Batch(0, "carl")]);

        Assert.Equal([new(true, 2, 0, 0), new(false, 0, coupons[1].Epoch, 0), new(true, 1, 0, 0), new(false, 0, coupons[3].Epoch, 0), new(true, 1, 0, 0)], results);
        await StandsAtAsync(coupons[0], left: 8, drained: 2, "anna", "bert");
        await StandsAtAsync(coupons[1], left: 10, drained: 0);
        // Existing rows do not count as units, but do count in the position.
        await StandsAtAsync(coupons[2], left: 8, drained: 3, "anna", "bert");
        // More claims than units.
        await StandsAtAsync(coupons[3], left: 2, drained: 0);
        await StandsAtAsync(coupons[4], left: 9, drained: 1, "carl");
    }

    [Fact]
    public async Task A_coupon_twice_in_a_group_is_written_once()
    {
        var coupon = await Ledger.CreateAsync(10);
        var batch = coupon.Batch(0, "anna", "bert");

        var results = await Ledger.DrainAsync([batch, batch]);

        Assert.Equal([new(true, 2, 0, 0), new(false, 0, coupon.Epoch, 2)], results);
        await StandsAtAsync(coupon, left: 8, drained: 2, "anna", "bert");
    }

    [Fact]
    public async Task The_last_piece_can_be_written_again_and_none_after_it()
    {
        var coupon = await Ledger.CreateAsync(2);
        await Ledger.DrainAsync(coupon.Batch(0, "anna", "bert"));

        Assert.Equal(new DrainResult(true, 0, 0, 0), await Ledger.DrainAsync(coupon.Batch(2, "anna", "bert")));
        Assert.False((await Ledger.DrainAsync(coupon.Batch(4, "carl"))).Committed);

        await StandsAtAsync(coupon, left: 0, drained: 4, "anna", "bert");
    }

    [Fact]
    public async Task A_thousand_claims_are_written_in_one_go()
    {
        var coupon = await Ledger.CreateAsync(1000);
        var users = LedgerBatches.Users(1000);

        Assert.Equal(new DrainResult(true, 1000, 0, 0), await Ledger.DrainAsync(coupon.Batch(0, users)));

        await StandsAtAsync(coupon, left: 0, drained: 1000, users);
    }

    [Fact]
    public async Task Two_silos_that_write_many_coupons_in_groups_write_each_claim_once()
    {
        var coupons = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Ledger.CreateAsync(100)));
        var (users, random) = (LedgerBatches.Users(12), Seeded.NewRandom());

        // Both silos relay every coupon, as with duplicate activations, each in its own order.
        using LedgerWriter first = new(site.NewLedger()), second = new(site.NewLedger());
        var written = await Task.WhenAll(new[] { first, second }.SelectMany(writer =>
            coupons.OrderBy(_ => random.Next()).Select(coupon => DrainAllAsync(writer.DrainAsync, coupon, users))));

        Assert.Equal(coupons.Length * users.Length, written.Sum());
        foreach (var coupon in coupons)
            await StandsAtAsync(coupon, left: 88, drained: 12, users);
    }

    /// <summary>Relays as a grain does: continues from the ledger's position, and retries failures.</summary>
    /// <returns>How many claims this one wrote.</returns>
    private static async Task<int> DrainAllAsync(Func<DrainBatch, Task<DrainResult>> drain, LedgerCoupon coupon, string[] users)
    {
        var (position, written) = (0, 0);
        while (position < users.Length)
        {
            var batch = coupon.Batch(position, [.. users.Skip(position).Take(4)]);
            DrainResult result;
            try
            {
                result = await drain(batch);
            }
            catch (UnavailableException)
            {
                // A deadlock, say: the whole transaction was undone.
                continue;
            }
            if (result.Committed)
                (position, written) = (position + batch.Entries.Count, written + result.Inserted);
            else
                position = (int)result.Drained;
        }
        return written;
    }

    private async Task StandsAtAsync(LedgerCoupon coupon, int left, long drained, params string[] owners)
    {
        var row = await Ledger.FindAsync(coupon.Id);
        Assert.Equal((left, drained), (row!.Left, row.Drained));
        Assert.Equal(owners.Order(StringComparer.Ordinal), (await Ledger.OwnerNamesAsync(coupon.Key, "", 2000)).Order(StringComparer.Ordinal));
    }
}

public sealed class DrainIntoMySql(MySqlSite site) : DrainTests(site), IClassFixture<MySqlSite>;

public sealed class DrainIntoSqlite(SqliteSite site) : DrainTests(site), IClassFixture<SqliteSite>;
