using System.Net;
using System.Text;
using SecKill.Gateway.Http;

namespace SecKill.Gateway.Operators;

/// <summary>Lets through who has the operators' key. It is no token, and a token is not it.</summary>
internal sealed partial class AdminCheck(AdminKey key, ILogger<AdminCheck> logger) : IEndpointFilter
{
    private const string Prefix = "Bearer ";

    /// <inheritdoc/>
    public ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        if (IsKey(context.HttpContext.Request.Headers.Authorization.ToString()))
            return next(context);
        LogRefused(context.HttpContext.Connection.RemoteIpAddress);
        context.HttpContext.Response.Headers.WWWAuthenticate = Prefix.TrimEnd();
        return ValueTask.FromResult<object?>(Reply.Unauthorized("This needs the operators' key: Authorization: Bearer, and the setting Admin:Key."));
    }

    private bool IsKey(string header) =>
        header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)
        // Kestrel reads headers as Latin-1, so these are the bytes that were sent.
        && key.Is(Encoding.Latin1.GetBytes(header[Prefix.Length..].Trim(' ')));

    [LoggerMessage(LogLevel.Warning, "Somebody at {Address} asked for what is the operators' without their key.")]
    private partial void LogRefused(IPAddress? address);
}
