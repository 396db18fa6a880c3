using System.Text.RegularExpressions;
using Microsoft.OpenApi;

namespace SecKill.Tests.Integration.OpenApi;

/// <summary>The API's document equals the checked-in one, is valid, and has every route.</summary>
[Collection(HostedGateway.Name)]
public sealed partial class ApiDocumentTests(HostedGateway gateway, SharedDeployments shared)
{
    private const string CheckedIn = "docs/reference/openapi.json";
    private const string Renew = "RENEW_OPENAPI";

    // Not part of the API: pages for browsers and operators.
    private static readonly string[] _pages = ["/", "/docs", "/openapi.json", "/dashboard", "/metrics"];

    [Fact]
    public async Task The_checked_in_document_is_the_one_that_is_served()
    {
        var file = Path.Combine(Deployment.Root, CheckedIn);
        var served = (await ServedDocument.ReadAsync(gateway.Address)).Text;
        if (Environment.GetEnvironmentVariable(Renew) is { Length: > 0 })
            await File.WriteAllTextAsync(file, served, TestContext.Current.CancellationToken);
        var known = File.Exists(file) ? await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken) : "";
        if (known == served)
            return;
        var line = known.Split('\n').Zip(served.Split('\n')).TakeWhile(pair => pair.First == pair.Second).Count();
        Assert.Fail(
            $"{CheckedIn} is not what a gateway serves; they differ from line {line + 1} on. If the change of the API is meant, renew it: " +
            $"{Renew}=1 ./test.sh --filter-class '*{nameof(ApiDocumentTests)}'\n" +
            $"checked in: {known.Split('\n').ElementAtOrDefault(line)}\nserved:     {served.Split('\n').ElementAtOrDefault(line)}");
    }

    [Fact]
    public async Task The_document_is_valid_openapi_3_1_and_its_examples_are_of_its_forms()
    {
        var served = await ServedDocument.ReadAsync(gateway.Address);
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(served.Text));

        var (document, diagnostic) = await OpenApiDocument.LoadAsync(stream, "json", cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(OpenApiSpecVersion.OpenApi3_1, diagnostic!.SpecificationVersion);
        Assert.Empty(diagnostic.Errors);
        Assert.Empty(diagnostic.Warnings);
        var schemes = document!.Components!.SecuritySchemes!;
        Assert.Equal(["adminKey", "token"], schemes.Keys.Order());
        Assert.All(schemes.Values, scheme => Assert.Equal((SecuritySchemeType.Http, "bearer"), (scheme.Type, scheme.Scheme)));
        Assert.Equal(served.Operations.Count, served.Operations.Select(operation => operation.Id).Distinct().Count());
        Assert.All(served.Operations, operation => Assert.All(operation.Answers.Values, answer => Assert.NotEmpty((string)answer["description"]!)));
        served.CheckExamples();
    }

    [Fact]
    public async Task Every_tag_and_every_header_is_described()
    {
        var served = await ServedDocument.ReadAsync(gateway.Address);

        Assert.Empty(served.Operations.SelectMany(operation => operation.Tags).Except(served.DescribedTags));
        Assert.All(served.Operations.SelectMany(operation => operation.Headers), header => Assert.True(
            (string?)header.Value!["description"] is { Length: > 0 }, $"ApiOperations describes no {header.Key}."));
    }

    [Fact]
    public async Task Every_route_of_the_api_is_in_the_document()
    {
        var served = await ServedDocument.ReadAsync(gateway.Address);

        var documented = served.Operations.Select(operation => operation.Path).ToHashSet();
        var routes = gateway.Routes.Select(route => '/' + route.RoutePattern.RawText!.Trim('/')).Distinct();
        var missing = routes.Where(route => !documented.Contains(route) && !_pages.Any(page => route == page || (page.Length > 1 && route.StartsWith(page + '/', StringComparison.Ordinal))));

        Assert.Empty(missing);
        Assert.NotEmpty(gateway.Routes);
    }

    [Fact]
    public async Task A_name_in_a_path_may_hold_any_character()
    {
        var served = await ServedDocument.ReadAsync(gateway.Address);
        foreach (var operation in served.Operations.Where(operation => operation.Path.Contains('{', StringComparison.Ordinal)))
        {
            var path = ParameterPattern().Replace(operation.Path, "%2Fa%5C%2E");
            var answer = await new ApiClient(gateway.Address).SendAsync(new HttpMethod(operation.Method), path);
            Assert.False(answer.Body.Contains("The path must be plain", StringComparison.Ordinal), $"{operation.Id}: RequestTarget knows of no names there.");
        }
    }

    [Fact]
    public async Task A_gateway_without_operators_documents_all_but_their_routes()
    {
        var all = await ServedDocument.ReadAsync(gateway.Address);
        var without = await ServedDocument.ReadAsync((await shared.EmbeddedAsync()).Gateways[0]);

        Assert.Equal(
            all.Operations.Where(operation => !operation.Tags.Contains("Operators")).Select(operation => operation.Id),
            without.Operations.Select(operation => operation.Id));
    }

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex ParameterPattern();
}
