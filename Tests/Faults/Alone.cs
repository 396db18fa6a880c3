namespace SecKill.Tests.Faults;

/// <summary>The long drills run one by one.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}
