namespace SecKill.Tests.Integration.Guarantees;

/// <summary>Tests that measure time run after the others and one by one.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}
