namespace SecKill.Tests.Integration;

/// <summary>Choices that a failed test tells how to repeat.</summary>
internal static class Seeded
{
    private const string Variable = "SECKILL_TEST_SEED";

    /// <summary>Random unless the variable gives its seed, which goes into the test's output.</summary>
    public static Random NewRandom()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable(Variable), CultureInfo.InvariantCulture, out var given) ? given : Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"{Variable}={seed}");
        return new Random(seed);
    }
}
