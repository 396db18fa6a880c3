using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(SecKill.Tests.Integration.Deployments.LongestFirst))]

namespace SecKill.Tests.Integration.Deployments;

/// <summary>The collections that take longest begin first, so that none is left over at the end with a core idle beside it.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    // The runner queues all collections on the thread pool, whose threads take the first few and then the latest first.
    private static readonly string[] _front = ["Bench.ScaleTests", "Bench.ClusterTests"];

    private static readonly string[] _back =
    [
        "Bench.LoudFailureTests", "Bench.CommandTests", "Guarantees.OverloadTests", "Operations.LedgerFileTests", "Bench.ResearchTests",
        "watched sale", "Guarantees.LoggedSecretsTests", "Guarantees.StartupSettingsTests",
    ];

    public IReadOnlyCollection<T> OrderTestCollections<T>(IReadOnlyCollection<T> testCollections) where T : ITestCollection =>
        [.. testCollections.OrderBy(collection => Place(collection.TestCollectionDisplayName))];

    private static int Place(string name)
    {
        var front = Array.FindIndex(_front, name.Contains);
        return front >= 0 ? front - _front.Length : Array.FindIndex(_back, name.Contains) + 1;
    }
}
