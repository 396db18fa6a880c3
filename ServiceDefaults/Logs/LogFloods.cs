using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace SecKill.ServiceDefaults.Logs;

/// <summary>
/// Rate limit per kind of log line (logger, event, level), as unauthenticated clients can cause some: a burst of ten, then one a second
/// with the number of suppressed ones. Critical and debug lines are not limited.
/// </summary>
internal sealed class LogFloods : ILoggerFactory
{
    private static readonly TimeSpan _period = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, Logger> _loggers = new();
    private readonly ILoggerFactory _inner;
    private readonly ITimer _timer;

    /// <summary>Wraps another factory, and disposes of it.</summary>
    public LogFloods(ILoggerFactory inner, TimeProvider time)
    {
        _inner = inner;
        _timer = time.CreateTimer(_ => Tick(), null, _period, _period);
    }

    /// <summary>Wraps the logger factory of a host.</summary>
    public static void Bound(IServiceCollection services)
    {
        services.AddSingleton<LoggerFactory>();
        services.Replace(ServiceDescriptor.Singleton<ILoggerFactory>(provider => new LogFloods(InnerOf(provider), provider.GetRequiredService<TimeProvider>())));
    }

    /// <exception cref="ConfigurationException">The section <c>Logging</c> cannot be read.</exception>
    private static LoggerFactory InnerOf(IServiceProvider services)
    {
        try
        {
            return services.GetRequiredService<LoggerFactory>();
        }
        catch (InvalidOperationException fault)
        {
            throw new ConfigurationException($"Logging:LogLevel cannot be read: {fault.Message}", fault);
        }
    }

    public ILogger CreateLogger(string categoryName) => _loggers.GetOrAdd(categoryName, name => new Logger(_inner.CreateLogger(name)));

    public void AddProvider(ILoggerProvider provider) => _inner.AddProvider(provider);

    public void Dispose()
    {
        _timer.Dispose();
        // What was counted last.
        Tick();
        _inner.Dispose();
    }

    private void Tick()
    {
        foreach (var (_, logger) in _loggers)
            logger.Tick();
    }

    private sealed class Logger(ILogger inner) : ILogger
    {
        private readonly ConcurrentDictionary<(int Event, LogLevel Level), Kind> _kinds = new();

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel))
                return;
            if (logLevel is LogLevel.Information or LogLevel.Warning or LogLevel.Error)
            {
                var kind = _kinds.GetOrAdd((eventId.Id, logLevel), static (_, id) => new Kind(id), eventId);
                if (!kind.TryTake(out var isFirst))
                {
                    if (isFirst)
                        kind.Example = PlainText.Of(exception is null ? formatter(state, null) : $"{formatter(state, exception)} {exception.GetType().Name}: {exception.Message}");
                    return;
                }
            }
            var plain = PlainText.Of(exception);
            inner.Log(logLevel, eventId, state, plain, (values, _) => PlainText.Of(formatter(values, exception)));
        }

        public void Tick()
        {
            foreach (var ((_, level), kind) in _kinds)
            {
                if (kind.Refill() is > 0 and var count && inner.IsEnabled(level))
                    inner.Log(level, kind.Event, $"{count} more lines like this in the last second: {kind.Example}", null, static (text, _) => text);
            }
        }
    }

    /// <summary>The token bucket of a kind of line, and the number suppressed.</summary>
    private sealed class Kind(EventId id)
    {
        private const int Burst = 10;

        private readonly Lock _gate = new();
        private int _left = Burst;
        private int _unwritten;

        public EventId Event => id;

        /// <summary>One of the suppressed messages.</summary>
        public string Example { get; set; } = "";

        public bool TryTake(out bool isFirst)
        {
            lock (_gate)
            {
                isFirst = false;
                if (_left > 0)
                {
                    _left--;
                    return true;
                }
                isFirst = ++_unwritten == 1;
                return false;
            }
        }

        /// <summary>The number suppressed since the last line; 0 allows one more.</summary>
        public int Refill()
        {
            lock (_gate)
            {
                var unwritten = _unwritten;
                _unwritten = 0;
                if (unwritten == 0 && _left < Burst)
                    _left++;
                return unwritten;
            }
        }
    }
}
