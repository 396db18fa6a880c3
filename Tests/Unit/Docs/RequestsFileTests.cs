using System.Text.Json;
using System.Text.RegularExpressions;
using SecKill.Tests.LocalServers.Deployments;

namespace SecKill.Tests.Unit.Docs;

/// <summary><c>requests.http</c> has every route of the API's document, and no other.</summary>
public sealed partial class RequestsFileTests
{
    [Fact]
    public void Every_route_can_be_tried_and_every_request_has_a_route()
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(Deployment.Root, "docs/reference/openapi.json")));
        var routes = (from path in document.RootElement.GetProperty("paths").EnumerateObject()
                      from operation in path.Value.EnumerateObject()
                      select new Regex($"^{operation.Name.ToUpperInvariant()} {ParameterPattern().Replace(Regex.Escape(path.Name), "[^/]+")}$")).ToList();
        var requests = RequestPattern().Matches(File.ReadAllText(Path.Combine(Deployment.Root, "requests.http"))).Select(request => $"{request.Groups[1]} {request.Groups[2]}").ToList();

        Assert.NotEmpty(routes);
        Assert.DoesNotContain(routes, route => !requests.Exists(route.IsMatch));
        Assert.DoesNotContain(requests, request => !routes.Exists(route => route.IsMatch(request)) && !OtherPattern().IsMatch(request));
    }

    [GeneratedRegex(@"\\\{[a-z]+}", RegexOptions.IgnoreCase)]
    private static partial Regex ParameterPattern();

    [GeneratedRegex(@"^(GET|POST|PUT|PATCH|DELETE) \{\{host}}([^?\s]*)", RegexOptions.Multiline)]
    private static partial Regex RequestPattern();

    // Not part of the API: pages, and what is requested to be refused.
    [GeneratedRegex("^GET /(docs|openapi.json|metrics|dashboard|)$")]
    private static partial Regex OtherPattern();
}
