using SecKill.Grains.Interfaces.Audit;

namespace SecKill.Silo.Audit;

/// <summary>Prints audits in plain words, and sums them up.</summary>
internal sealed class AuditReport(TextWriter output)
{
    private readonly Dictionary<AuditVerdict, int> _counts = [];

    /// <summary>2 if something differs, else 1 if something could not be checked, else 0.</summary>
    public int ExitCode => Count(AuditVerdict.Differs) + Count(AuditVerdict.NotInLedger) > 0 ? 2
        : Count(AuditVerdict.Unsettled) + Count(AuditVerdict.NoSuchCoupon) > 0 ? 1
        : 0;

    /// <summary>Prints an audit.</summary>
    /// <param name="audit">What was found.</param>
    /// <param name="isQuiet">Whether to print only what needs attention.</param>
    public void Add(CouponAudit audit, bool isQuiet)
    {
        _counts[audit.Verdict] = Count(audit.Verdict) + 1;
        if (isQuiet && audit.Verdict is AuditVerdict.Agrees or AuditVerdict.Draining or AuditVerdict.NotTrusted)
            return;
        output.WriteLine(audit.Coupon.Key);
        foreach (var sentence in audit.Words())
            output.WriteLine($"  {sentence}");
    }

    /// <summary>Prints the last line.</summary>
    public void Summarize() => output.WriteLine(
        $"{_counts.Values.Sum()} coupons: {Count(AuditVerdict.Agrees)} agree, {Count(AuditVerdict.Draining)} agree and are being drained, " +
        $"{Count(AuditVerdict.NotTrusted)} will be rebuilt when next asked for, {Count(AuditVerdict.Differs)} differ, " +
        $"{Count(AuditVerdict.NotInLedger)} are in Redis only, {Count(AuditVerdict.Unsettled)} changed too often to tell.");

    private int Count(AuditVerdict verdict) => _counts.GetValueOrDefault(verdict);
}
