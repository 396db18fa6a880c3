using System.Data.Common;
using Orleans.Storage;
using SecKill.Grains.Users;

namespace SecKill.Grains.Accounts;

/// <summary>One user's account in Orleans' grain storage, read when it is first needed.</summary>
internal sealed class AccountStore(IGrainStorage storage, ILedger ledger, GrainId user)
{
    /// <summary>The name under which the storage keeps accounts.</summary>
    public const string StateName = "account";

    // SQLSTATE of a transaction that was rolled back for others to go on.
    private const string Deadlock = "40001";
    private const int MaxTries = 5;

    private readonly UserName _name = UserName.FromKey($"{user.Key}");

    // Not the grain's own id: gateways of an older version address some users by a numeric key.
    private readonly GrainId _grain = GrainId.Create(user.Type, UserName.FromKey($"{user.Key}").Key);

    private GrainState<Account> _state = new();

    /// <exception cref="UnavailableException">SQL does not answer.</exception>
    public async Task<Account?> FindAsync()
    {
        if (!_state.RecordExists)
            _state = await ReadAsync(_grain);
        return _state.RecordExists ? _state.State : null;
    }

    /// <summary>
    /// The account that an older version kept under the number as which this name reads, or null. The name that registered it is
    /// unknown, so the first that logs in with its password gets it: see <see cref="TryNameAsync"/>.
    /// </summary>
    /// <exception cref="UnavailableException">SQL does not answer.</exception>
    public async Task<Account?> FindNumberedAsync()
    {
        if (!_name.TryReadNumber(out _))
            return null;
        // The storage reads this key as the number.
        var state = await ReadAsync(GrainId.Create(user.Type, _name.Value));
        return state.RecordExists ? state.State : null;
    }

    /// <summary>Gives this user the account that <see cref="FindNumberedAsync"/> found.</summary>
    /// <returns>False where another name was first.</returns>
    /// <exception cref="UnavailableException">SQL does not answer.</exception>
    public async Task<bool> TryNameAsync()
    {
        await ledger.NameAccountAsync(_name.Value);
        return await FindAsync() is not null;
    }

    /// <returns>False where there is one already.</returns>
    /// <exception cref="UnavailableException">SQL does not answer.</exception>
    public async Task<bool> TryCreateAsync(Account account)
    {
        if (await FindAsync() is not null)
            return false;
        for (var tries = 1; ; tries++)
        {
            var state = new GrainState<Account>(account);
            try
            {
                await storage.WriteStateAsync(StateName, _grain, state);
                _state = state;
                return true;
            }
            catch (Exception fault) when (fault is not OutOfMemoryException)
            {
                // Another silo was first; or ours took effect and only the answer was lost, which the salt in the hash tells.
                _state = await ReadAsync(_grain);
                if (_state is { RecordExists: true, State: { } stored })
                    return stored.PasswordHash == account.PasswordHash;
                // Inserts of different accounts deadlock in InnoDB now and then, and one of them is rolled back.
                if (tries == MaxTries || fault.GetBaseException() is not DbException { SqlState: Deadlock })
                    throw new UnavailableException($"The account could not be stored: {fault.Message}");
            }
        }
    }

    /// <summary>Stores a changed account; failing is no harm, the next log-in tries again.</summary>
    public async Task TryUpdateAsync(Account account)
    {
        var state = new GrainState<Account>(account, _state.ETag) { RecordExists = true };
        try
        {
            await storage.WriteStateAsync(StateName, _grain, state);
            _state = state;
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            _state = new GrainState<Account>();
        }
    }

    private async Task<GrainState<Account>> ReadAsync(GrainId grain)
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
