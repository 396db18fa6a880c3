using SecKill.Tests.LocalServers.Sales;

namespace SecKill.Tests.LocalServers;

/// <summary>Assertions for a library that knows no test framework; a test framework takes the exception for a failed test.</summary>
public static class Check
{
    /// <summary>Fails with this message unless the condition holds.</summary>
    /// <exception cref="CheckException">It does not hold.</exception>
    public static void That(bool condition, string message)
    {
        if (!condition)
            throw new CheckException(message);
    }

    /// <summary>Fails unless both are equal; the message names both.</summary>
    /// <exception cref="CheckException">They differ.</exception>
    public static void Equal<T>(T expected, T actual, string what) =>
        That(EqualityComparer<T>.Default.Equals(expected, actual), $"{what}: expected {expected}, found {actual}");

    /// <summary>Fails unless the check of a sale has passed.</summary>
    /// <exception cref="CheckException">It has not.</exception>
    public static void Passes(CheckResult check) => That(check.Passed, $"{check.Name}: expected {check.Expected}; found {check.Found}");

    /// <summary>Fails unless both have equal items in one order; the message names both.</summary>
    /// <exception cref="CheckException">They differ.</exception>
    public static void SameItems<T>(IEnumerable<T> expected, IEnumerable<T> actual, string what) =>
        Equal(string.Join(", ", expected), string.Join(", ", actual), what);
}

/// <summary>Something is not as it must be.</summary>
public sealed class CheckException(string message) : Exception(message);
