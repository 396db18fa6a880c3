using System.Runtime.InteropServices;

namespace SecKill.ServiceDefaults.Hosting;

/// <summary>
/// Cancels on Ctrl+C or SIGTERM, also before there is a host. The host gets the token too, so that at no moment a signal kills the
/// process outright.
/// </summary>
public sealed class CancelOnSignal : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;

    /// <summary>Starts to listen.</summary>
    public CancelOnSignal() => _registrations =
        [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM }.Select(signal => PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            Cancel();
        }))];

    /// <summary>Cancelled by the signal.</summary>
    public CancellationToken Token => _source.Token;

    private void Cancel()
    {
        try
        {
            _source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The host's own handler ran first, and the program has already ended.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
        _source.Dispose();
    }
}
