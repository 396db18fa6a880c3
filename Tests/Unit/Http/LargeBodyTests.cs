using Microsoft.AspNetCore.Http;
using SecKill.Gateway.Http;

namespace SecKill.Tests.Unit.Http;

/// <summary>A body takes memory as it comes, and not as large as it may be.</summary>
public sealed class LargeBodyTests
{
    private const int Allowed = 512 * 1024;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(JsonBody.MaxBytes)]
    [InlineData(JsonBody.MaxBytes + 1)]
    [InlineData(100_000)]
    [InlineData(Allowed)]
    public async Task A_body_is_read_to_its_end(int length)
    {
        var bytes = new byte[length];
        Random.Shared.NextBytes(bytes);

        var body = await JsonBody.ReadAsync(Request(new Trickle(bytes)), Allowed);

        Assert.True(body.Span.SequenceEqual(bytes));
    }

    [Fact]
    public async Task One_that_is_larger_than_allowed_is_refused() =>
        Assert.Equal(413, (await Assert.ThrowsAsync<BadHttpRequestException>(() => JsonBody.ReadAsync(Request(new Trickle(new byte[Allowed + 1])), Allowed))).StatusCode);

    [Fact]
    public async Task Of_one_that_has_not_come_yet_little_is_kept()
    {
        var trickle = new Trickle(new byte[40_000]);
        await JsonBody.ReadAsync(Request(trickle), Allowed);
        Assert.InRange(trickle.LargestRoom, 1, 64 * 1024);
    }

    private static HttpRequest Request(Stream body) => new DefaultHttpContext { Request = { Body = body } }.Request;

    /// <summary>Gives some bytes at a time, and remembers for how many there was room.</summary>
    private sealed class Trickle(byte[] bytes) : MemoryStream(bytes)
    {
        public int LargestRoom { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            LargestRoom = Math.Max(LargestRoom, buffer.Length);
            return base.ReadAsync(buffer[..Math.Min(buffer.Length, 1_000)], cancellationToken);
        }
    }
}
