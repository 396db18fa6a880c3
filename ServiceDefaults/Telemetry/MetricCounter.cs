using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace SecKill.ServiceDefaults.Telemetry;

/// <summary>
/// A counter whose series exist, at zero, from the start: a missing series would look like one never counted. An addition costs the
/// same with and without a listener. Thread-safe.
/// </summary>
internal class MetricCounter
{
    private readonly long[] _counts;
    private readonly KeyValuePair<string, object?>[][] _series;

    /// <summary>Makes one of a single series.</summary>
    /// <param name="name">As docs/reference/metrics.md tells it.</param>
    /// <param name="unit">What is counted, as <c>{claim}</c>.</param>
    /// <param name="description">In one sentence.</param>
    public MetricCounter(string name, string unit, string description) : this(name, unit, description, [[]])
    {
    }

    private protected MetricCounter(string name, string unit, string description, KeyValuePair<string, object?>[][] series)
    {
        (_series, _counts) = (series, new long[series.Length]);
        SecKillMeter.Instance.CreateObservableCounter(name, Read, unit, description);
    }

    /// <summary>Counts.</summary>
    public void Add(long count = 1) => Add(0, count);

    private protected void Add(int series, long count) => Interlocked.Add(ref _counts[series], count);

    /// <summary>A value of an enum as attributes have it: <c>already-claimed</c> for AlreadyClaimed.</summary>
    public static string WordOf<TEnum>(TEnum value) where TEnum : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName($"{value}");

    /// <summary>The position of a value of an enum of bytes, which count from 0.</summary>
    private protected static int IndexOf<TEnum>(TEnum value) where TEnum : struct, Enum => Unsafe.BitCast<TEnum, byte>(value);

    private protected static IEnumerable<KeyValuePair<string, object?>> Words<TEnum>(string attribute) where TEnum : struct, Enum =>
        Enum.GetValues<TEnum>().Select(value => new KeyValuePair<string, object?>(attribute, WordOf(value)));

    private IEnumerable<Measurement<long>> Read()
    {
        for (var i = 0; i < _counts.Length; i++)
            yield return new Measurement<long>(Volatile.Read(ref _counts[i]), _series[i]);
    }
}

/// <summary>A <see cref="MetricCounter"/> by an attribute.</summary>
/// <typeparam name="T">The attribute's values, bytes that count from 0.</typeparam>
internal sealed class MetricCounter<T> : MetricCounter where T : struct, Enum
{
    public MetricCounter(string name, string unit, string description, string attribute)
        : base(name, unit, description, [.. Words<T>(attribute).Select(word => new[] { word })])
    {
    }

    /// <summary>Counts.</summary>
    public void Add(T value, long count = 1) => Add(IndexOf(value), count);
}

/// <summary>A <see cref="MetricCounter"/> by two attributes.</summary>
/// <typeparam name="T1">The first attribute's values, bytes that count from 0.</typeparam>
/// <typeparam name="T2">The second one's.</typeparam>
internal sealed class MetricCounter<T1, T2> : MetricCounter where T1 : struct, Enum where T2 : struct, Enum
{
    private static readonly int _width = Enum.GetValues<T2>().Length;

    public MetricCounter(string name, string unit, string description, string first, string second)
        : base(name, unit, description, [.. Words<T1>(first).SelectMany(one => Words<T2>(second).Select(two => new[] { one, two }))])
    {
    }

    /// <summary>Counts.</summary>
    public void Add(T1 one, T2 two, long count = 1) => Add(IndexOf(one) * _width + IndexOf(two), count);
}
