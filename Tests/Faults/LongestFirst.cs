using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(SecKill.Tests.Faults.LongestFirst))]

namespace SecKill.Tests.Faults;

/// <summary>The short drill of all faults takes as long as all deaths together, so it begins first.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    public IReadOnlyCollection<T> OrderTestCollections<T>(IReadOnlyCollection<T> testCollections) where T : ITestCollection =>
        [.. testCollections.OrderByDescending(collection => collection.TestCollectionDisplayName.Contains("MixedDrills", StringComparison.Ordinal))];
}
