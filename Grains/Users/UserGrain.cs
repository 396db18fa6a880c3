using System.Security.Cryptography;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Batching;
using SecKill.Grains.Interfaces.Users;

namespace SecKill.Grains.Users;

/// <inheritdoc cref="IUserGrain"/>
public sealed class UserGrain : Grain, IUserGrain
{
    private const int MaxWaitingReaders = 20_000;

    // So that somebody who guesses at one user's password cannot take the places of all the others. The user guessed at is
    // answered 503 meanwhile, unless this activation has seen the right password before.
    private const int MaxChecksAtOnce = 4;

    private readonly PasswordHashing _passwords;
    private readonly CouponLists _lists;
    private readonly AccountStore _accounts;
    private readonly string _username;
    private NaturalBatcher<(UserKind Kind, int Page), Task<CouponPage>> _readers = null!;
    private byte[]? _proof;
    private int _checks;

    /// <summary>Made by Orleans.</summary>
    public UserGrain(
        [FromKeyedServices(Account.StorageName)] IGrainStorage storage, PasswordHashing passwords, CouponLists lists)
    {
        _passwords = passwords;
        _lists = lists;
        _accounts = new AccountStore(storage, this.GetGrainId());
        _username = UserKey.Parse(this.GetPrimaryKeyString());
    }

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _readers = new NaturalBatcher<(UserKind, int), Task<CouponPage>>(
            ReadPagesAsync, MaxWaitingReaders, MaxWaitingReaders, TaskScheduler.Current);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task<RegisterOutcome> Register(string password, UserKind kind)
    {
        // Asked first, so that registering a taken name a thousand times costs no thousand hashes.
        if (await _accounts.FindAsync() is not null)
            return RegisterOutcome.Duplicate;
        var account = new Account
        {
            PasswordHash = await _passwords.HashAsync(password),
            Kind = kind,
            Registered = DateTimeOffset.UtcNow,
        };
        if (!await _accounts.TryCreateAsync(account))
            return RegisterOutcome.Duplicate;
        _proof = _passwords.Proof(password);
        return RegisterOutcome.Registered;
    }

    /// <inheritdoc/>
    public async Task<LogInReply> LogIn(string password)
    {
        if (await _accounts.FindAsync() is not { } account)
        {
            DeactivateOnIdle();
            return new LogInReply(LogInOutcome.NoSuchUser, default);
        }
        var proof = _passwords.Proof(password);
        if (_proof is not null && CryptographicOperations.FixedTimeEquals(_proof, proof))
            return new LogInReply(LogInOutcome.LoggedIn, account.Kind);

        if (_checks >= MaxChecksAtOnce)
            throw new UnavailableException($"{MaxChecksAtOnce} passwords of this user are being checked already.");
        _checks++;
        try
        {
            return await CheckAsync(account, password, proof);
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

    /// <inheritdoc/>
    public async Task<CouponPage> ListCoupons(UserKind kind, int page) => await await _readers.Add((kind, page));

    private async Task<LogInReply> CheckAsync(Account account, string password, byte[] proof)
    {
        switch (await _passwords.VerifyAsync(account.PasswordHash, password))
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

    /// <summary>One reading for all who wait: each page once. A page that cannot be read fails its own readers only.</summary>
    private async Task<IReadOnlyList<Task<CouponPage>>> ReadPagesAsync(IReadOnlyList<(UserKind Kind, int Page)> readers)
    {
        var pages = new Dictionary<(UserKind, int), Task<CouponPage>>();
        foreach (var reader in readers)
        {
            if (!pages.ContainsKey(reader))
            {
                pages[reader] = reader.Kind == UserKind.Seller
                    ? _lists.CreatedByAsync(_username, reader.Page)
                    : _lists.OwnedByAsync(_username, reader.Page);
            }
        }
        await ((Task)Task.WhenAll(pages.Values)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        return [.. readers.Select(reader => pages[reader])];
    }
}
