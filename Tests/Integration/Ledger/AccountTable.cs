using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Storage;
using SecKill.Grains.Accounts;
using SecKill.Grains.Interfaces.Users;
using SecKill.Grains.Users;

namespace SecKill.Tests.Integration.Ledger;

/// <summary>The table of accounts, written and read by Orleans' own storage, without a silo around it.</summary>
internal sealed class AccountTable : IDisposable
{
    private readonly IHost _host;

    private AccountTable(IHost host) => _host = host;

    public IGrainStorage Storage => _host.Services.GetRequiredKeyedService<IGrainStorage>(Account.StorageName);

    public static async Task<AccountTable> OpenAsync(string invariant, string connectionString, string serviceId = "seckill")
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.UseOrleans(silo => silo
            .UseLocalhostClustering()
            .Configure<ClusterOptions>(cluster => cluster.ServiceId = serviceId)
            .AddAdoNetGrainStorage(Account.StorageName, storage => (storage.Invariant, storage.ConnectionString) = (invariant, connectionString)));
        var table = new AccountTable(builder.Build());
        var lifecycle = new SiloLifecycleSubject(NullLogger<SiloLifecycleSubject>.Instance);
        ((ILifecycleParticipant<ISiloLifecycle>)table.Storage).Participate(lifecycle);
        await lifecycle.OnStart();
        return table;
    }

    /// <summary>As versions before 4 of the schema did: under the percent-encoded name, whatever Orleans made of it.</summary>
    public Task WriteAsOnceAsync(string username, string passwordHash, UserKind kind = UserKind.Customer) =>
        Storage.WriteStateAsync(AccountStore.StateName, Key(Uri.EscapeDataString(username)), new GrainState<Account>(new Account { PasswordHash = passwordHash, Kind = kind }));

    /// <summary>The hash of the password of whatever account has this key.</summary>
    public Task<string?> FindAsync(string username) => ReadAsync(UserName.Known(username).Key);

    /// <summary>The hash of the password of whatever account had this key once.</summary>
    public Task<string?> FindAsOnceAsync(string username) => ReadAsync(Uri.EscapeDataString(username));

    public void Dispose() => _host.Dispose();

    private async Task<string?> ReadAsync(string key)
    {
        var state = new GrainState<Account>();
        await Storage.ReadStateAsync(AccountStore.StateName, Key(key), state);
        return state.RecordExists ? state.State!.PasswordHash : null;
    }

    private static GrainId Key(string key) => GrainId.Create("user", key);
}
