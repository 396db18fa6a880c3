using Xunit;

namespace SecKill.Tests.Contract;

internal static class Characters
{
    /// <summary>By number, for they do not show in a test's name.</summary>
    public static TheoryData<int> Control => [0x00, 0x01, 0x07, 0x09, 0x0A, 0x0D, 0x1B, 0x1F, 0x7F, 0x85];
}
