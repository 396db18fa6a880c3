using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Options;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Coupons;

namespace SecKill.Gateway.Claims;

/// <summary>The routes of a gateway's claims: one a silo, and one for each coupon that must be asked by itself.</summary>
internal sealed partial class ClaimRoutes(IGrainFactory grains, IOptions<ClaimOptions> options, ILogger<ClaimRoutes> logger)
{
    private readonly ConcurrentDictionary<string, SiloRoute> _silos = new();
    private readonly ClaimOptions _options = options.Value;

    /// <summary>A new route to one coupon's grain.</summary>
    public ClaimRoute ToCoupon(CouponId coupon) => NewRoute(async claims => [await AskGrainAsync(claims[0])]);

    /// <summary>Sends a claim to the silo where its coupon is active.</summary>
    /// <param name="silo">Its address, as <see cref="ClaimReply.Silo"/> tells it.</param>
    /// <param name="lane">The coupon's.</param>
    /// <param name="user">Who claims.</param>
    /// <exception cref="UnavailableException">Too many wait.</exception>
    public Task<ClaimOutcome> SendToSilo(string silo, ClaimLane lane, string user)
    {
        while (true)
        {
            var route = _silos.GetOrAdd(silo, static (address, self) => self.ToSilo(address), this);
            if (route.Claims.TryAdd(lane, user, out var outcome))
                return outcome;
            // Retired between the two lines; the next one is a new one.
            _silos.TryRemove(KeyValuePair.Create(silo, route));
        }
    }

    /// <summary>Gives up what is under way to all silos but these, and has their coupons asked by themselves from now on.</summary>
    /// <param name="present">By address and time of start.</param>
    public void GiveUpAllBut(IReadOnlySet<(IPAddress, int)> present)
    {
        foreach (var route in _silos)
        {
            var silo = route.Value.Silo;
            if (!present.Contains((silo.Endpoint.Address, silo.Generation)))
            {
                if (route.Value.GiveUp())
                    LogGone(silo);
            }
            // The table of members had been lost and is whole again: the next claim makes a new route.
            else if (route.Value.Gone.IsCancellationRequested)
            {
                _silos.TryRemove(route);
            }
        }
    }

    /// <summary>Closes routes that nobody is on; those to silos that died would pile up.</summary>
    public void Sweep()
    {
        foreach (var route in _silos)
        {
            if (route.Value.Claims.TryRetire())
                _silos.TryRemove(route);
        }
    }

    private SiloRoute ToSilo(string address)
    {
        var (carrier, gone) = (grains.GetGrain<IClaimBatchGrain>(address), new CancellationTokenSource());
        return new SiloRoute(SiloAddress.FromParsableString(address), gone, NewRoute(claims => CarryAsync(carrier, claims, gone.Token)));
    }

    private async Task<ClaimReply[]> CarryAsync(IClaimBatchGrain carrier, CouponClaims[] claims, CancellationToken gone)
    {
        // Not sent, so nothing is in doubt: wherever the coupons are now, their grains decide.
        if (gone.IsCancellationRequested)
            return await Task.WhenAll(claims.Select(AskGrainAsync));
        try
        {
            return await carrier.Claim(claims).WaitAsync(gone);
        }
        catch (SiloGoneException)
        {
            return await Task.WhenAll(claims.Select(AskGrainAsync));
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // Whatever it was, the claims may have been decided; nobody here can know.
            LogUndecided(claims.Sum(coupon => coupon.Batch.Users.Length), claims[0].Coupon, fault.Message);
            return Array.ConvertAll(claims, coupon => ClaimReply.Undecided(coupon.Batch));
        }
    }

    private async Task<ClaimReply> AskGrainAsync(CouponClaims claims)
    {
        try
        {
            return await grains.GetGrain<ICouponGrain>(claims.Coupon).Claim(claims.Batch);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            LogUndecided(claims.Batch.Users.Length, claims.Coupon, fault.Message);
            return ClaimReply.Undecided(claims.Batch);
        }
    }

    private ClaimRoute NewRoute(Func<CouponClaims[], Task<ClaimReply[]>> send) =>
        new(send, _options.MaxWaiting, _options, TimeProvider.System, logger);

    [LoggerMessage(LogLevel.Warning, "{Count} claims undecided, the first for coupon {Coupon}. {Reason}")]
    private partial void LogUndecided(int count, string coupon, string reason);

    [LoggerMessage(LogLevel.Information, "Silo {Silo} is gone; what was on its way to it is given up.")]
    private partial void LogGone(SiloAddress silo);

    /// <summary>A route to a silo, until it is gone.</summary>
    private sealed record SiloRoute(SiloAddress Silo, CancellationTokenSource Gone, ClaimRoute Claims)
    {
        /// <returns>False where it was given up before.</returns>
        public bool GiveUp()
        {
            if (Gone.IsCancellationRequested)
                return false;
            Gone.Cancel();
            return true;
        }
    }
}
