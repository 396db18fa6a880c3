using SecKill.Bench.Reports;

namespace SecKill.Bench.Rehearsal;

/// <summary>A sale in words, as it stands.</summary>
internal sealed record SaleView(string Arrived, string Rate, string Outcomes, string Latency, string Left)
{
    /// <summary>Looks at it.</summary>
    public static SaleView Of(SaleProgress sale)
    {
        var result = OperationResult.Of(sale.Answers ?? new());
        var latency = result.LatencyMicros;
        return new SaleView(
            $"{sale.Arrived:N0} of {sale.Options.Users:N0} have come",
            $"{result.Answers / Math.Max(0.001, sale.Elapsed):N0} answers/s",
            string.Join(", ", [.. result.Statuses.Select(status => $"{status.Value:N0} × {status.Key}"), .. result.TransportErrors.Select(error => $"{error.Value:N0} × {error.Key}"), $"{sale.Retried:N0} retries"]),
            $"p50 {TextReport.Time(latency.P50)}, p99 {TextReport.Time(latency.P99)}, max {TextReport.Time(latency.Max)}",
            $"{sale.Left:N0} left{(sale.SoldOutAfterSeconds is { } seconds ? $", sold out after {seconds:0.00} s" : "")}");
    }
}
