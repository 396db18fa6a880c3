namespace SecKill.Tests.LocalServers.Deployments;

/// <summary>What a process of a cluster is.</summary>
public enum MemberKind
{
    /// <summary>Runs the grains.</summary>
    Silo,

    /// <summary>Serves the REST API.</summary>
    Gateway,
}

/// <summary>One process of a cluster.</summary>
/// <param name="Number">Tells it from others of its kind, from 1.</param>
public sealed record Member(MemberKind Kind, int Number, Node Node)
{
    /// <summary>Such as <c>silo 2</c>.</summary>
    public string Name => $"{(Kind == MemberKind.Silo ? "silo" : "gateway")} {Number}";
}
