namespace SecKill.Bench.Load;

/// <summary>The load: its amount, connections and duration.</summary>
internal record LoadPlan
{
    /// <summary>Connections, with one request in flight each; dealt out to the gateways in turn.</summary>
    public int Connections { get; init; } = 128;

    /// <summary>How long, after the warm-up. Null: until <see cref="Requests"/> are made or the visitors are through.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>How many requests, warm-up included. Null: as many as there is time for.</summary>
    public long? Requests { get; init; }

    /// <summary>How long requests are made but not measured.</summary>
    public TimeSpan Warmup { get; init; }

    /// <summary>Requests a second, over all connections. Null: each connection asks again when it was answered (closed loop).</summary>
    public double? Rate { get; init; }

    /// <summary>After how long without an answer a request is given up.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>When the request number <paramref name="index"/> is due, in ticks after the start.</summary>
    public long DueAfter(long index) => Clock.Ticks(TimeSpan.FromSeconds(index / Rate!.Value));
}
