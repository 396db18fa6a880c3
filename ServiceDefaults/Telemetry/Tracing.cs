using System.Diagnostics;

namespace SecKill.ServiceDefaults.Telemetry;

/// <summary>
/// The activities of this service (see docs/operating/observability.md). An activity starts only under a recorded parent: sampling is
/// decided once, where a request comes in. Without a listener this costs one field read.
/// </summary>
internal static class Tracing
{
    /// <summary>The source's name, to be listened to.</summary>
    public const string Name = "SecKill";

    /// <summary>The most links of a batch's activity; further items are recorded without.</summary>
    public const int MaxLinks = 32;

    private static readonly ActivitySource _source = new(Name);

    /// <summary>The activity under way, if it is recorded.</summary>
    public static Activity? Recorded => _source.HasListeners() && Activity.Current is { Recorded: true } current ? current : null;

    /// <summary>Starts a child of the current activity; none if that is not recorded.</summary>
    public static Activity? Start(string name, ActivityKind kind = ActivityKind.Internal) =>
        Recorded is { } parent ? _source.StartActivity(name, kind, parent.Context) : null;

    /// <summary>Starts a child of the first of some activities, linked to the rest; none if there are none.</summary>
    public static Activity? Start(string name, IReadOnlyList<ActivityContext>? causes)
    {
        return causes is not { Count: > 0 } ? null
            : _source.StartActivity(name, ActivityKind.Internal, causes[0], links: causes.Skip(1).Take(MaxLinks).Select(cause => new ActivityLink(cause)));
    }

    /// <summary>
    /// Starts the activity of a batch: a child of the first waiting activity, with links to the others and back, so that it is found from
    /// each.
    /// </summary>
    /// <param name="name">The activity's name.</param>
    /// <param name="waiting">The recorded waiting activities, none ended; or null.</param>
    /// <param name="size">The number of items.</param>
    public static Activity? StartBatch(string name, IReadOnlyList<Activity>? waiting, int size)
    {
        if (Start(name, waiting?.Select(one => one.Context).ToArray()) is not { } batch)
            return null;
        batch.SetTag("seckill.batch.size", size);
        foreach (var one in waiting!.Skip(1).Take(MaxLinks))
            one.AddLink(new ActivityLink(batch.Context));
        return batch;
    }
}
