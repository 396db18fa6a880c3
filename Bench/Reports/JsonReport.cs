using System.Text.Encodings.Web;
using System.Text.Json;

namespace SecKill.Bench.Reports;

/// <summary>A result as JSON, for programs.</summary>
internal static class JsonReport
{
    /// <summary>The path that stands for the standard output.</summary>
    public const string StandardOutput = "-";

    private static readonly JsonSerializerOptions _options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes it into a file; <c>-</c> is the standard output.</summary>
    /// <exception cref="BenchException">The file cannot be written.</exception>
    public static async Task WriteAsync(object result, string path)
    {
        var json = JsonSerializer.Serialize(result, _options) + "\n";
        try
        {
            if (path == StandardOutput)
                await Console.Out.WriteAsync(json);
            else
                await File.WriteAllTextAsync(path, json);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new BenchException($"The result cannot be written: {fault.Message}");
        }
    }
}
