using Microsoft.AspNetCore.Http;
using SecKill.Gateway.Live;

namespace SecKill.Tests.Unit.Live;

/// <summary>What a client accepts is weighed, as RFC 9110 says.</summary>
public sealed class LiveFormatTests
{
    [Theory]
    [InlineData("application/json", true)]
    [InlineData("application/json; charset=utf-8", true)]
    [InlineData("Application/JSON", true)]
    [InlineData("application/*", true)]
    [InlineData("application/json, text/plain, */*", true)]
    [InlineData("text/event-stream;q=0.5, application/json", true)]
    [InlineData("text/event-stream;q=0, */*", true)]
    [InlineData("text/*;q=0.1, application/json;q=0.2", true)]
    [InlineData("", false)]
    [InlineData("*/*", false)]
    [InlineData("text/event-stream", false)]
    [InlineData("text/event-stream, application/json", false)]
    [InlineData("application/json;q=0.5, text/event-stream", false)]
    [InlineData("application/json;q=0, */*", false)]
    [InlineData("application/json;q=0", false)]
    [InlineData("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", false)]
    [InlineData("application/json-seq", false)]
    [InlineData("nonsense", false)]
    public void One_reading_is_for_clients_that_weigh_JSON_more_than_a_stream(string accept, bool isOne)
    {
        var request = new DefaultHttpContext().Request;
        request.Headers.Accept = accept;
        Assert.Equal(isOne, LiveFormat.WantsOneSnapshot(request));
    }
}
