using Microsoft.AspNetCore.Http;
using SecKill.Gateway.Http;

namespace SecKill.Tests.Unit.Http;

public sealed class AcceptedTests
{
    [Theory]
    [InlineData(null, "application/json")]
    [InlineData("*/*", "application/json")]
    [InlineData("text/csv", "text/csv")]
    [InlineData("TEXT/CSV; charset=utf-8", "text/csv")]
    [InlineData("text/*", "text/csv")]
    [InlineData("application/*", "application/json")]
    [InlineData("application/x-ndjson, */*;q=0.1", "application/x-ndjson")]
    [InlineData("text/csv;q=0.4, application/json;q=0.5", "application/json")]
    [InlineData("application/json;q=0, */*", "text/csv")]
    [InlineData("text/csv, */*", "text/csv")]
    [InlineData("text/html", null)]
    [InlineData("text/csv;q=0", null)]
    public void The_form_that_a_client_likes_best_is_taken(string? accept, string? type)
    {
        var request = new DefaultHttpContext().Request;
        if (accept is not null)
            request.Headers.Accept = accept;
        Assert.Equal(type, Accepted.Best(request, "application/json", "text/csv", "application/x-ndjson"));
    }
}
