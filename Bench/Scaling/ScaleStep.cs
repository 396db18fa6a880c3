
using SecKill.Tests.LocalServers.Deployments;

namespace SecKill.Bench.Scaling;

/// <summary>How a member comes or goes.</summary>
internal enum Change
{
    /// <summary>It joins.</summary>
    Add,

    /// <summary>It leaves in good order.</summary>
    Stop,

    /// <summary><c>kill -9</c>.</summary>
    Kill,
}

/// <summary>One change of the cluster's shape.</summary>
/// <param name="Change">How it changes.</param>
/// <param name="Kind">The kind of member.</param>
internal sealed record ScaleStep(Change Change, MemberKind Kind)
{
    /// <summary>From one of each over three silos and two gateways and back, each way of coming and going at least once.</summary>
    public static IReadOnlyList<string> Usual { get; } =
        ["add-gateway", "add-silo", "add-silo", "kill-silo", "add-silo", "stop-silo", "kill-gateway", "add-gateway", "stop-gateway"];

    public static IReadOnlyList<string> Words { get; } =
        [.. from change in Enum.GetValues<Change>() from kind in Enum.GetValues<MemberKind>() select new ScaleStep(change, kind).Word];

    /// <summary>Its word, such as <c>add-silo</c>.</summary>
    public string Word => $"{Change}-{Kind}".ToLowerInvariant();

    /// <summary>Reads one of <see cref="Words"/>.</summary>
    public static ScaleStep Parse(string word)
    {
        var (change, kind) = (word[..word.IndexOf('-')], word[(word.IndexOf('-') + 1)..]);
        return new ScaleStep(Enum.Parse<Change>(change, ignoreCase: true), Enum.Parse<MemberKind>(kind, ignoreCase: true));
    }

    /// <summary>Checks the steps: the last member of a kind must stay.</summary>
    public static string? FindFault(IReadOnlyList<ScaleStep> steps)
    {
        var counts = new Dictionary<MemberKind, int> { [MemberKind.Silo] = 1, [MemberKind.Gateway] = 1 };
        foreach (var step in steps)
        {
            counts[step.Kind] += step.Change == Change.Add ? 1 : -1;
            if (counts[step.Kind] == 0)
                return $"{step.Word} would leave no {step.Kind.ToString().ToLowerInvariant()}: it begins with one of each.";
        }
        return null;
    }
}
