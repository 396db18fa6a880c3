using Microsoft.Extensions.Caching.Memory;

namespace SecKill.Gateway.Accounts;

/// <summary>A cache of users' kinds. A kind never changes, so entries do not expire; the size is bounded.</summary>
internal sealed class KindCache(IGrainFactory grains) : IDisposable
{
    private readonly MemoryCache _kinds = new(new MemoryCacheOptions { SizeLimit = 100_000 });

    /// <summary>A user's kind, or null if there is no such account.</summary>
    public async ValueTask<UserKind?> FindAsync(string username)
    {
        if (_kinds.TryGetValue(username, out UserKind known))
            return known;
        if (!UserName.TryParse(username, out var name) || await grains.GetGrain<IUserGrain>(name.Key).FindKind() is not { } kind)
            return null;
        return _kinds.Set(username, kind, new MemoryCacheEntryOptions { Size = 1 });
    }

    public void Dispose() => _kinds.Dispose();
}
