using System.Data.Common;
using Dapper;

namespace SecKill.Grains.Ledger;

public abstract partial class SqlLedger
{
    private const string ScopeOfStops = "stops";

    /// <inheritdoc/>
    public Task<IReadOnlyList<LedgerOperation>> OperationsAsync(LedgerKey coupon, long after, int count) => RunAsync(async connection =>
        (IReadOnlyList<LedgerOperation>)(await connection.QueryAsync<(long No, long At, string Actor, string Action, string Before, string After, string? Request)>(
            "SELECT no, at, actor, action, before_terms, after_terms, request FROM operations WHERE scope = @scope AND no > @after ORDER BY no LIMIT @count",
            new { scope = ScopeOf(coupon.Id), after, count }))
            .Select(one => new LedgerOperation(one.No, one.At, one.Actor, one.Action, one.Before, one.After, one.Request)).ToList());

    private static string ScopeOf(long coupon) => string.Create(CultureInfo.InvariantCulture, $"c:{coupon}");

    private Task<int> InsertOperationAsync(DbConnection connection, DbTransaction transaction, string scope, long no, Operation operation) =>
        connection.ExecuteAsync(
            "INSERT INTO operations (scope, no, at, actor, action, before_terms, after_terms, request) VALUES (@scope, @no, @at, @Actor, @Action, @Before, @After, @Request)",
            new { scope, no, at = operation.At ?? Now, operation.Actor, operation.Action, operation.Before, operation.After, operation.Request }, transaction);
}
