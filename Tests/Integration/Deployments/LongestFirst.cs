using Xunit;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(SecKill.Tests.Integration.Deployments.LongestFirst))]

namespace SecKill.Tests.Integration.Deployments;

/// <summary>The collections that take longest begin first, so that none is left over at the end with a core idle beside it.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] _long =
    [
        "Bench.ScaleTests", "Bench.ClusterTests", "Guarantees.StartupTests", "Guarantees.LoggedSecretsTests", "watched sale", "Research.CompareTests", "Research.FiguresTests",
        "Operations.LedgerFileTests", "Guarantees.OverloadTests", "Bench.CommandTests", "Bench.LoudFailureTests", "grain clusters", "limited gateway", "Stock.PrimaryTests",
    ];

    public IReadOnlyCollection<T> OrderTestCollections<T>(IReadOnlyCollection<T> testCollections) where T : ITestCollection =>
        [.. testCollections.OrderBy(collection => Array.FindIndex(_long, name => collection.TestCollectionDisplayName.Contains(name, StringComparison.Ordinal)) is >= 0 and var at ? at : _long.Length)];
}
