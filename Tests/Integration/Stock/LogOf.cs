using Microsoft.Extensions.Logging;

namespace SecKill.Tests.Integration.Stock;

/// <summary>Keeps what is logged as critical.</summary>
internal sealed class LogOf<T> : ILogger<T>
{
    private readonly ConcurrentQueue<string> _critical = new();

    public IReadOnlyCollection<string> Critical => _critical;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (logLevel == LogLevel.Critical)
            _critical.Enqueue(formatter(state, exception));
    }
}
