using System.Buffers;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace SecKill.Silo.Hosting;

/// <summary>
/// Writes each log entry as one line without control characters: what a client has sent may stand in it, at some levels, and must
/// neither look like an entry of its own nor command the terminal.
/// </summary>
internal sealed class LogLines(IOptionsMonitor<ConsoleFormatterOptions> options) : ConsoleFormatter(FormatterName)
{
    /// <summary>The name in <c>Logging:Console:FormatterName</c>.</summary>
    public const string FormatterName = "lines";

    /// <summary>All of C0 and C1, the separators of lines and paragraphs, and what turns the direction of writing.</summary>
    private static readonly SearchValues<char> _controls = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Concat(Enumerable.Range(0x7F, 0x21)).Concat(Enumerable.Range(0x2028, 7)).Concat(Enumerable.Range(0x2066, 4)).Select(code => (char)code)]);

    /// <inheritdoc/>
    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var message = logEntry.Formatter(logEntry.State, logEntry.Exception);
        if (options.CurrentValue.TimestampFormat is { } format)
            textWriter.Write((options.CurrentValue.UseUtcTimestamp ? DateTimeOffset.UtcNow : DateTimeOffset.Now).ToString(format, CultureInfo.InvariantCulture));
        textWriter.Write($"{WordOf(logEntry.LogLevel)}: {logEntry.Category}[{logEntry.EventId.Id}] ");
        textWriter.Write(Plain(message));
        if (logEntry.Exception is { } fault)
            textWriter.Write(Plain($" {fault}"));
        textWriter.Write('\n');
    }

    /// <summary>A text with a space in place of every control character.</summary>
    internal static string Plain(string text)
    {
        var first = text.AsSpan().IndexOfAny(_controls);
        return first < 0 ? text : string.Create(text.Length, text, static (plain, source) =>
        {
            source.CopyTo(plain);
            plain.ReplaceAny(_controls, ' ');
        });
    }

    private static string WordOf(LogLevel level) => level switch
    {
        LogLevel.Trace => "trce",
        LogLevel.Debug => "dbug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "fail",
        _ => "crit",
    };
}
