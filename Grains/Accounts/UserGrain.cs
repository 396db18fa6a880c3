using System.Security.Cryptography;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Users;
using SecKill.Grains.Ledger;
using SecKill.Grains.Telemetry;
using SecKill.Grains.Users;

namespace SecKill.Grains.Accounts;

/// <inheritdoc cref="IUserGrain"/>
public sealed class UserGrain : Grain, IUserGrain
{
    // Guesses at one user's password must not take the places of all others. That user is answered 503 meanwhile, unless this
    // activation has seen the right password before.
    private const int MaxChecksAtOnce = 4;

    private readonly PasswordHashing _passwords;
    private readonly AccountStore _accounts;
    private readonly TimeProvider _time;
    private byte[]? _proof;
    private int _checks;

    /// <summary>Made by Orleans.</summary>
    public UserGrain(
        [FromKeyedServices(Account.StorageName)] IGrainStorage storage, ILedger ledger, PasswordHashing passwords, TimeProvider time)
    {
        (_passwords, _time) = (passwords, time);
        _accounts = new AccountStore(storage, ledger, this.GetGrainId());
    }

    /// <inheritdoc/>
    public async Task<RegisterOutcome> Register(string password, UserKind kind)
    {
        // Before the hash, which costs far more than the look-up.
        if (await _accounts.FindAsync() is not null || await _accounts.FindNumberedAsync() is not null)
            return RegisterOutcome.Duplicate;
        var account = new Account
        {
            PasswordHash = await _passwords.HashAsync(password),
            Kind = kind,
            Registered = _time.GetUtcNow(),
        };
        if (!await _accounts.TryCreateAsync(account))
            return RegisterOutcome.Duplicate;
        _proof = _passwords.Proof(password);
        return RegisterOutcome.Registered;
    }

    /// <inheritdoc/>
    public async Task<LogInReply> LogIn(string password)
    {
        var named = await _accounts.FindAsync();
        if ((named ?? await _accounts.FindNumberedAsync()) is not { } account)
        {
            DeactivateOnIdle();
            return new LogInReply(LogInOutcome.NoSuchUser, default);
        }
        // HMAC pads its key with NULs, so the hash would accept the password without them. Passwords of new accounts have none.
        if (password.EndsWith('\0'))
            return new LogInReply(LogInOutcome.PasswordMismatched, default);
        var proof = _passwords.Proof(password);
        if (_proof is not null && CryptographicOperations.FixedTimeEquals(_proof, proof))
            return new LogInReply(LogInOutcome.LoggedIn, account.Kind);

        if (_checks >= MaxChecksAtOnce)
        {
            SiloMetrics.Rejected.Add(SiloLimit.UserChecks);
            throw new UnavailableException($"{MaxChecksAtOnce} passwords of this user are being checked already.");
        }
        _checks++;
        try
        {
            return await CheckAsync(account, isNamed: named is not null, password, proof);
        }
        finally
        {
            _checks--;
        }
    }

    /// <inheritdoc/>
    public async Task<UserKind?> FindKind()
    {
        if (await _accounts.FindAsync() is { } account)
            return account.Kind;
        DeactivateOnIdle();
        return null;
    }

    private async Task<LogInReply> CheckAsync(Account account, bool isNamed, string password, byte[] proof)
    {
        var result = await _passwords.VerifyAsync(account.PasswordHash, password);
        if (result != PasswordVerificationResult.Failed && !isNamed && !await _accounts.TryNameAsync())
            return new LogInReply(LogInOutcome.NoSuchUser, default);
        switch (result)
        {
            case PasswordVerificationResult.Failed:
                return new LogInReply(LogInOutcome.PasswordMismatched, default);
            case PasswordVerificationResult.SuccessRehashNeeded:
                await _accounts.TryUpdateAsync(new Account
                {
                    PasswordHash = await _passwords.HashAsync(password),
                    Kind = account.Kind,
                    Registered = account.Registered,
                });
                break;
        }
        _proof = proof;
        return new LogInReply(LogInOutcome.LoggedIn, account.Kind);
    }
}
