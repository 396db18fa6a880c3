using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SecKill.ServiceDefaults.Hosting;
using SecKill.ServiceDefaults.Logs;

namespace SecKill.Tests.Unit.Hosting;

/// <summary>However often something is logged, of one kind of line there is one a second, with the number.</summary>
public sealed class LogFloodsTests : ILoggerProvider, ILogger
{
    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(60);

    private readonly ConcurrentQueue<(LogLevel Level, EventId Event, string Text)> _lines = new();

    [Fact]
    public async Task A_flood_is_one_line_a_second_that_tells_how_many_there_were()
    {
        const int flood = 20_000;
        await using var host = Host();
        var logger = host.Services.GetRequiredService<ILoggerFactory>().CreateLogger("SecKill.Gateway.Faults");

        for (var i = 0; i < flood; i++)
            logger.Log(LogLevel.Error, new EventId(7), $"refused {i}", new InvalidOperationException("why"), (text, _) => text);
        logger.Log(LogLevel.Error, new EventId(8), "another kind", null, (text, _) => text);

        // Nothing is lost without being counted.
        await Eventually.EqualAsync("all lines of the flood are written or counted", flood, () => Task.FromResult(Told()), _soon);
        Assert.InRange(_lines.Count(line => line.Event == 7), 11, 30);
        Assert.Single(_lines, line => line.Event == 8);
        Assert.Contains(_lines, line => line.Text.Contains("refused 10 InvalidOperationException: why", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(LogLevel.Critical)]
    [InlineData(LogLevel.Debug)]
    public async Task What_is_critical_or_turned_on_for_debugging_is_written_each_time(LogLevel level)
    {
        await using var host = Host();
        var logger = host.Services.GetRequiredService<ILogger<LogFloodsTests>>();
        for (var i = 0; i < 500; i++)
            logger.Log(level, new EventId(7), i, null, (number, _) => $"{number}");
        Assert.Equal(500, _lines.Count(line => line.Level == level && line.Event == 7));
    }

    [Fact]
    public void What_was_counted_last_is_told_at_the_end()
    {
        using (var floods = new LogFloods(LoggerFactory.Create(logging => logging.AddProvider(this)), TimeProvider.System))
        {
            var logger = floods.CreateLogger("a");
            for (var i = 0; i < 100; i++)
                logger.Log(LogLevel.Warning, new EventId(7), i, null, (number, _) => $"{number}");
        }
        Assert.Equal(100, Told());
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue((logLevel, eventId, formatter(state, exception)));

    public void Dispose()
    {
    }

    /// <summary>How many lines of the flood are told, one by one or in numbers.</summary>
    private int Told() => _lines.Where(line => line.Event == 7)
        .Sum(line => line.Text.Split(" more lines like this") is [var count, _] ? int.Parse(count, System.Globalization.CultureInfo.InvariantCulture) : 1);

    private WebApplication Host()
    {
        var builder = ProgramHost.CreateBuilder(["--Logging:LogLevel:SecKill=Debug"], "http://localhost:0", []);
        builder.Logging.ClearProviders();
        builder.Logging.AddProvider(this);
        return builder.Build();
    }
}
