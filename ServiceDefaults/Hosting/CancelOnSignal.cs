using System.Runtime.InteropServices;

namespace SecKill.ServiceDefaults.Hosting;

/// <summary>
/// Cancels at Ctrl+C or SIGTERM, from before there is a host. The host gets the token too, so that there is no moment in
/// between at which a signal would end the process where it stands.
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
            // The host has a handler of its own, which ran before this one, and the program has ended by it already.
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
