namespace SecKill.Tests.LocalServers.Api;

/// <summary>The shapes of answers that the contract knows; each failure shows the whole answer.</summary>
public static class Expect
{
    public static Answer Created(Answer answer) => Is(answer, 201, "");

    /// <summary>This status and a JSON object of <c>errMsg</c> alone.</summary>
    public static Answer Is(Answer answer, int status, string errMsg)
    {
        Check.That(answer.Status == status && answer.ErrMsg == errMsg, $"expected {status} '{errMsg}': {answer}");
        return WithFields(answer, "errMsg");
    }

    public static Answer WithFields(Answer answer, params string[] fields)
    {
        Check.Equal("application/json", answer.ContentType, $"content type of {answer}");
        Check.That(answer.Fields.SequenceEqual(fields.Order()), $"expected the fields {string.Join(", ", fields)}: {answer}");
        return answer;
    }

    /// <summary>One of these statuses and some text that says why.</summary>
    public static Answer Refused(Answer answer, params int[] statuses)
    {
        Check.That(statuses.Contains(answer.Status), $"expected {string.Join(" or ", statuses)}: {answer}");
        Check.That(!string.IsNullOrWhiteSpace(answer.ErrMsg), $"expected an errMsg that says why: {answer}");
        Check.Equal("application/json", answer.ContentType, $"content type of {answer}");
        return answer;
    }

    public static Answer Empty(Answer answer)
    {
        Check.That(answer is { Status: 204, Body: "" }, $"expected 204 and no body: {answer}");
        return answer;
    }

    public static Answer Claimed(Answer answer)
    {
        Created(answer);
        Check.Equal("claimed", answer.ClaimResult, $"{answer}");
        return answer;
    }

    public static Answer NotClaimed(Answer answer, string reason)
    {
        Empty(answer);
        Check.That(answer.ClaimResult == reason, $"expected {reason}: {answer}");
        return answer;
    }

    public static IReadOnlyList<CouponRow> Listed(Answer answer, params string[] names)
    {
        if (names.Length == 0)
        {
            Empty(answer);
            return [];
        }
        Check.That(answer is { Status: 200, ErrMsg: "" }, $"expected a list: {answer}");
        WithFields(answer, "data", "errMsg");
        Check.SameItems(names, answer.Coupons.Select(coupon => coupon.Name), $"{answer}");
        return answer.Coupons;
    }
}
