using SecKill.Bench.Http;
using SecKill.Bench.Load;

namespace SecKill.Bench.Scenarios;

/// <summary>Claims as a new user each time; users are spread over the coupons.</summary>
internal sealed class Claimer(Stage stage, int connection, int operation = 0) : Visitor
{
    private long _user;
    private int _coupon;

    public override bool TryPrepare()
    {
        if (!stage.Crowd.TryTake(out _user))
            return false;
        Operation = operation;
        _coupon = (int)(_user % stage.Book.Count);
        Request.Begin(stage.ClaimHead(connection, _coupon));
        stage.Crowd.WriteToken(_user, Request);
        return true;
    }

    public override void Sending() => stage.Book.Sending(_coupon);

    public override void Answered(in HttpReply reply) => stage.Book.Answered(_coupon, _user, reply);
}
