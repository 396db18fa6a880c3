using System.Globalization;

namespace SecKill.Tests.Faults.Drills;

/// <summary>How a drill is to run, from the environment; <c>drill.sh</c> sets it. A drill is repeated by its seed.</summary>
internal static class DrillTerms
{
    /// <summary>The seed of faults, their targets and times, and of the claims. Random unless given.</summary>
    public static int Seed { get; } = Read("SECKILL_DRILL_SEED") ?? Random.Shared.Next(1_000_000);

    /// <summary>How often the long drills strike, unless given.</summary>
    public static int Rounds(int usual) => Read("SECKILL_DRILL_ROUNDS") ?? usual;

    /// <summary>Where figures are written, beside the console; null for nowhere.</summary>
    public static string? ReportFile { get; } = Environment.GetEnvironmentVariable("SECKILL_DRILL_REPORT");

    private static int? Read(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
