namespace SecKill.Research.Compare.Clients;

/// <summary>The load: as many requests as possible, one at a time on each connection.</summary>
/// <param name="Users">The users.</param>
/// <param name="Sale">The sale.</param>
/// <param name="Connections">The number of kept-alive connections.</param>
/// <param name="Duration">The duration.</param>
internal sealed record Workload(UserFile Users, MeasuredSale Sale, int Connections, TimeSpan Duration)
{
    /// <summary>The requests of a user, in this order.</summary>
    public IReadOnlyList<RequestTemplate> Requests { get; } =
        [.. Sale.Scenario.Steps.Select(step => RequestTemplate.Of(step, Sale, Users.TokenWidth))];
}

/// <summary>The result of a workload.</summary>
internal sealed record WorkloadResult
{
    /// <summary>Answers that came in time, whatever their status.</summary>
    public required long Answers { get; init; }

    /// <summary>Answers with a status of 400 or more.</summary>
    public required long Failures { get; init; }

    /// <summary>Broken connections and timeouts.</summary>
    public required long Faults { get; init; }

    /// <summary>How long it took.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Half of the answers took no longer.</summary>
    public required TimeSpan P50 { get; init; }

    /// <summary>99 of 100 answers took no longer.</summary>
    public required TimeSpan P99 { get; init; }

    /// <summary>The most claims won, as far as the client can tell.</summary>
    public required long MostWins { get; init; }

    /// <summary>The least claims won, if all but sold-out claims were answered 201.</summary>
    public required long LeastWins { get; init; }

    /// <summary>Whether users ran out, so that some asked a second time.</summary>
    public required bool RanOutOfUsers { get; init; }

    /// <summary>Answers a second.</summary>
    public double Rate => Answers / Duration.TotalSeconds;
}
