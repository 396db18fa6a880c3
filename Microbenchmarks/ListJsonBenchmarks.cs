using System.Text.Json;
using BenchmarkDotNet.Attributes;
using SecKill.Gateway.Http;
using SecKill.Grains.Interfaces.Lists;

namespace SecKill.Microbenchmarks;

/// <summary>The cost of serializing a full page of a seller's list: why it is done once a read.</summary>
[MemoryDiagnoser]
public class ListJsonBenchmarks
{
    private readonly ListAnswer _page = new("", [.. Enumerable.Range(0, 20).Select(i => new CouponItem($"coupon {i}", 5, "早餐券", 1000, 1000 - i))]);

    /// <summary>As the gateway does.</summary>
    [Benchmark]
    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(_page, AnswerJson.Options);
}
