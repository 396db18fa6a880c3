using SecKill.Tests.LocalServers.Deployments;

namespace SecKill.Bench.Deployments;

/// <summary>What a process of a cluster is.</summary>
internal enum MemberKind
{
    /// <summary>Runs the grains.</summary>
    Silo,

    /// <summary>Serves the REST API.</summary>
    Gateway,
}

/// <summary>One process of a cluster.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Number">Tells it from others of its kind, from 1.</param>
/// <param name="Node">The process.</param>
/// <param name="SiloPort">Of a silo, for other silos; 0 of a gateway.</param>
internal sealed record Member(MemberKind Kind, int Number, Node Node, int SiloPort)
{
    /// <summary>Such as <c>silo 2</c>.</summary>
    public string Name => NameOf(Kind, Number);

    /// <summary>The name of one.</summary>
    public static string NameOf(MemberKind kind, int number) => $"{(kind == MemberKind.Silo ? "silo" : "gateway")} {number}";
}
