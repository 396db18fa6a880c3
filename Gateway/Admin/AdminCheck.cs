using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using SecKill.Gateway.Http;

namespace SecKill.Gateway.Admin;

/// <summary>Lets through who has the operators' key. It is no token, and a token is not it.</summary>
internal sealed class AdminCheck(IOptions<AdminOptions> options) : IEndpointFilter
{
    private const string Prefix = "Bearer ";

    private readonly byte[] _hash = SHA256.HashData(Encoding.UTF8.GetBytes(options.Value.Key));

    /// <inheritdoc/>
    public ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        if (IsKey(context.HttpContext.Request.Headers.Authorization.ToString()))
            return next(context);
        context.HttpContext.Response.Headers.WWWAuthenticate = Prefix.TrimEnd();
        return ValueTask.FromResult<object?>(Reply.Unauthorized("This needs the operators' key: Authorization: Bearer, and the setting Admin:Key."));
    }

    /// <summary>Hashes are compared, and all of them: neither the key's beginning nor its length shows in the time it takes.</summary>
    private bool IsKey(string header) =>
        header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)
        // Kestrel reads headers as Latin-1, so these are the bytes that were sent.
        && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.Latin1.GetBytes(header[Prefix.Length..].Trim(' '))), _hash);
}
