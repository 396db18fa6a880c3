namespace SecKill.Tests.Faults.Deaths;

/// <summary>A full disk: confirmed claims stay, refusals are true, and sales go on once there is room.</summary>
public sealed class FullDiskTests
{
    private static readonly TimeSpan _noticed = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task The_embedded_mode_ends_with_the_reason_and_goes_on_when_it_is_started_with_room()
    {
        await using var deployment = new EmbeddedDeployment();
        await using var disk = await SmallDisk.CreateAsync(deployment.Folder, megabytes: 32);
        await deployment.StartAsync();
        var (api, tokens) = (new ApiClient(deployment.Gateways[0]), new Tokens(deployment.SigningKey));
        var (seller, coupon, winner) = (Names.Fresh("seller"), Names.Fresh("coupon"), Names.Fresh("winner"));
        Expect.Created(await api.CreateAsync(tokens.Mint(seller, Tokens.Seller), seller, coupon, amount: 100_000));
        Expect.Claimed(await ClaimAsync(winner));

        disk.Fill();
        // The room of the last page that was given out is used up first.
        await Eventually.EqualAsync("claims are refused", 503, async () => (await ClaimAsync(Names.Fresh("hopeful"))).Status, _noticed);
        await Eventually.EqualAsync("the process ends", false, () => Task.FromResult(deployment.Gateway.IsRunning), _noticed);
        Assert.True(deployment.Gateway.ExitCode == 1, deployment.Gateway.Output);
        Assert.Contains("Ended: The data folder could not be written: No space left on device", deployment.Gateway.Output, StringComparison.Ordinal);

        disk.MakeRoom();
        await deployment.StartAsync();
        Expect.Listed(await api.ListAsync(tokens.Mint(winner, Tokens.Customer), winner), coupon);
        Expect.NotClaimed(await ClaimAsync(winner), "already-claimed");
        Expect.Claimed(await ClaimAsync(Names.Fresh("customer")));

        Task<Answer> ClaimAsync(string customer) => api.ClaimAsync(tokens.Mint(customer, Tokens.Customer), seller, coupon);
    }
}
