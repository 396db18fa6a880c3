using System.IO.Compression;

namespace SecKill.Tests.Integration.OpenApi;

/// <summary>The public scripts of the API page (megabytes): prepared once, sent again only if changed.</summary>
[Collection(HostedGateway.Name)]
public sealed class DocsScriptTests(HostedGateway gateway)
{
    [Theory]
    [InlineData("/docs/scalar.js")]
    [InlineData("/docs/scalar.aspnetcore.js")]
    public async Task A_script_is_the_same_compressed_or_not_and_of_known_length(string path)
    {
        var (plain, zipped) = (await GetAsync(path, ""), await GetAsync(path, "br, gzip;q=0.5"));
        var text = await plain.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        await using var inflated = new GZipStream(await zipped.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken), CompressionMode.Decompress);
        using var copy = new MemoryStream();
        await inflated.CopyToAsync(copy, TestContext.Current.CancellationToken);

        Assert.Equal(text, copy.ToArray());
        Assert.Equal(["gzip"], zipped.Content.Headers.ContentEncoding);
        Assert.Empty(plain.Content.Headers.ContentEncoding);
        Assert.Empty((await GetAsync(path, "gzip;q=0")).Content.Headers.ContentEncoding);
        foreach (var answer in new[] { plain, zipped })
        {
            Assert.Equal((HttpStatusCode.OK, "text/javascript"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
            // Of what is inflated for each client, the length is not known before the end.
            Assert.NotNull(answer.Content.Headers.ContentLength);
            Assert.Equal(["Accept-Encoding"], answer.Headers.Vary);
        }
        Assert.NotEqual(plain.Headers.ETag, zipped.Headers.ETag);
    }

    [Theory]
    [InlineData("/docs/scalar.js")]
    [InlineData("/openapi.json")]
    public async Task What_a_client_has_is_not_sent_again(string path)
    {
        var tag = (await GetAsync(path, "gzip")).Headers.ETag!;

        var again = await GetAsync(path, "gzip", $"{tag}");

        Assert.Equal((HttpStatusCode.NotModified, ""), (again.StatusCode, await again.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)));
        Assert.True(again.Headers.CacheControl is { NoCache: true, NoStore: false });
    }

    private async Task<HttpResponseMessage> GetAsync(string path, string accepted, string? known = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(gateway.Address, path));
        request.Headers.TryAddWithoutValidation("Accept-Encoding", accepted);
        if (known is not null)
            request.Headers.TryAddWithoutValidation("If-None-Match", known);
        return await Loopback.Http.SendAsync(request, TestContext.Current.CancellationToken);
    }
}
