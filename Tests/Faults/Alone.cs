using Xunit;

namespace SecKill.Tests.Faults;

/// <summary>Tests that measure time or kill things run after the others and one by one.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}
