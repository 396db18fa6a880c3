using System.Security.Cryptography;
using Microsoft.AspNetCore.Identity;
using Orleans.Storage;
using SecKill.Grains.Interfaces.Users;
using SecKill.Grains.Users;

namespace SecKill.Grains.Accounts;

/// <inheritdoc cref="IUserGrain"/>
internal sealed class UserGrain(
    [FromKeyedServices(Account.StorageName)] IGrainStorage storage, ILedger ledger, PasswordHashing passwords, TimeProvider time) : Grain, IUserGrain
{
    // Guesses at one user's password must not take the places of all others. That user is answered 503 meanwhile, unless this
    // activation has seen the right password before.
    private const int MaxChecksAtOnce = 4;

    private byte[]? _proof;
    private int _checks;

    private AccountStore Accounts => field ??= new AccountStore(storage, ledger, this.GetGrainId());

    public async Task<RegisterOutcome> Register(string password, UserKind kind)
    {
        // Before the hash, which costs far more than the look-up.
        if (await Accounts.FindAsync() is not null || await Accounts.FindNumberedAsync() is not null)
            return RegisterOutcome.Duplicate;
        var account = new Account
        {
            PasswordHash = await passwords.HashAsync(password),
            Kind = kind,
            Registered = time.GetUtcNow(),
        };
        if (!await Accounts.TryCreateAsync(account))
            return RegisterOutcome.Duplicate;
        _proof = passwords.Proof(password);
        return RegisterOutcome.Registered;
    }

    public async Task<LogInReply> LogIn(string password)
    {
        var named = await Accounts.FindAsync();
        if ((named ?? await Accounts.FindNumberedAsync()) is not { } account)
        {
            DeactivateOnIdle();
            return new LogInReply(LogInOutcome.NoSuchUser, default);
        }
        // HMAC pads its key with NULs, so the hash would accept the password without them. Passwords of new accounts have none.
        if (password.EndsWith('\0'))
            return new LogInReply(LogInOutcome.PasswordMismatched, default);
        var proof = passwords.Proof(password);
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

    public async Task<UserKind?> FindKind()
    {
        if (await Accounts.FindAsync() is { } account)
            return account.Kind;
        DeactivateOnIdle();
        return null;
    }

    private async Task<LogInReply> CheckAsync(Account account, bool isNamed, string password, byte[] proof)
    {
        var result = await passwords.VerifyAsync(account.PasswordHash, password);
        if (result != PasswordVerificationResult.Failed && !isNamed && !await Accounts.TryNameAsync())
            return new LogInReply(LogInOutcome.NoSuchUser, default);
        switch (result)
        {
            case PasswordVerificationResult.Failed:
                return new LogInReply(LogInOutcome.PasswordMismatched, default);
            case PasswordVerificationResult.SuccessRehashNeeded:
                await Accounts.TryUpdateAsync(new Account
                {
                    PasswordHash = await passwords.HashAsync(password),
                    Kind = account.Kind,
                    Registered = account.Registered,
                });
                break;
        }
        _proof = proof;
        return new LogInReply(LogInOutcome.LoggedIn, account.Kind);
    }
}
