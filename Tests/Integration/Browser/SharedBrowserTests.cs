using SecKill.Tests.Integration.Deployments;
using Xunit;

namespace SecKill.Tests.Integration.Browser;

public sealed class SharedBrowserTests(SharedBrowser browser, SharedDeployments deployments)
{
    [Fact]
    public async Task It_sees_what_a_gateway_answers()
    {
        var gateway = (await deployments.EmbeddedAsync()).Gateways[0];
        await using var visitor = await browser.NewVisitorAsync(gateway);

        var answer = await visitor.Window.GotoAsync("/health/live");

        Assert.Equal(200, answer!.Status);
        Assert.Empty(visitor.Complaints);
    }
}
