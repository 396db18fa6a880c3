using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Users;

namespace SecKill.Grains.Users;

/// <summary>An account as the grain storage keeps it.</summary>
[GenerateSerializer]
public sealed class Account
{
    /// <summary>The name under which the host registers the storage of accounts.</summary>
    public const string StorageName = "accounts";

    /// <summary>As the hasher wrote it, with its salt and cost.</summary>
    [Id(0)] public string PasswordHash { get; set; } = "";

    /// <summary>What the user is; never changes.</summary>
    [Id(1)] public UserKind Kind { get; set; }

    /// <summary>When the user registered.</summary>
    [Id(2)] public DateTimeOffset Registered { get; set; }
}

/// <summary>
/// One user's account in Orleans' grain storage, read when it is first needed and not at activation: claiming and listing
/// one's own coupons activate the grain too, and must not cost a query.
/// </summary>
internal sealed class AccountStore([FromKeyedServices(Account.StorageName)] IGrainStorage storage, GrainId grain)
{
    private const string StateName = "account";

    private GrainState<Account> _state = new();

    /// <summary>The account, or null where there is none.</summary>
    /// <exception cref="UnavailableException">SQL does not answer.</exception>
    public async Task<Account?> FindAsync()
    {
        if (!_state.RecordExists)
            _state = await ReadAsync();
        return _state.RecordExists ? _state.State : null;
    }

    /// <summary>Adds the account.</summary>
    /// <returns>False where there is one already.</returns>
    /// <exception cref="UnavailableException">SQL does not answer.</exception>
    public async Task<bool> TryCreateAsync(Account account)
    {
        if (await FindAsync() is not null)
            return false;
        var state = new GrainState<Account>(account);
        try
        {
            await storage.WriteStateAsync(StateName, grain, state);
            _state = state;
            return true;
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // Another silo was first; or ours took effect and only the answer was lost, which the salt in the hash tells.
            _state = await ReadAsync();
            return _state is { RecordExists: true, State: { } stored }
                ? stored.PasswordHash == account.PasswordHash
                : throw new UnavailableException($"The account could not be stored: {fault.Message}");
        }
    }

    /// <summary>Stores a changed account; failing is no harm, the next log-in tries again.</summary>
    /// <returns>Whether it was stored.</returns>
    public async Task<bool> TryUpdateAsync(Account account)
    {
        var state = new GrainState<Account>(account, _state.ETag) { RecordExists = true };
        try
        {
            await storage.WriteStateAsync(StateName, grain, state);
            _state = state;
            return true;
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            _state = new GrainState<Account>();
            return false;
        }
    }

    private async Task<GrainState<Account>> ReadAsync()
    {
        var state = new GrainState<Account>();
        try
        {
            await storage.ReadStateAsync(StateName, grain, state);
            return state;
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            throw new UnavailableException($"Accounts cannot be read: {fault.Message}");
        }
    }
}
