using SecKill.ServiceDefaults.HealthChecks;

namespace SecKill.Tests.Unit.Hosting;

/// <summary>What a probe says of a store's failure.</summary>
public sealed class StoreCheckTests
{
    [Theory]
    [InlineData("Redis did not answer: OOM command not allowed when used memory > 'maxmemory'.", "It takes no writes.")]
    [InlineData("Redis did not answer: NOREPLICAS Not enough good replicas to write.", "It takes no writes.")]
    [InlineData("Redis did not answer: MISCONF Errors writing to the AOF file: No space left on device", "It takes no writes.")]
    [InlineData("SQL did not answer: The MariaDB server is running with the --read-only option so it cannot execute this statement", "It takes no writes.")]
    [InlineData("SQL did not answer: The table 'claims' is full", "It takes no writes.")]
    [InlineData("SQL did not answer: SQLite Error 8: 'attempt to write a readonly database'.", "It takes no writes.")]
    [InlineData("SQL did not answer: Access denied for user 'seckill'@'10.1.2.3' (using password: YES)", "It refuses the user or the password.")]
    [InlineData("Redis did not answer: WRONGPASS invalid username-password pair or user is disabled.", "It refuses the user or the password.")]
    [InlineData("Redis did not answer: NOAUTH Authentication required. Error: endpoint 10.1.2.3:6379", "It refuses the user or the password.")]
    [InlineData("Redis did not answer: LOADING Redis is loading the dataset in memory", "It is reading its data.")]
    [InlineData("SQL did not answer: Unable to connect to any of the specified MySQL hosts: 10.1.2.3", "It cannot be reached, or does not answer.")]
    public void A_reason_tells_the_kind_of_failure_and_neither_users_nor_addresses(string fault, string reason) =>
        Assert.Equal(reason, StoreCheck.ReasonOf(new InvalidOperationException(fault)));
}
