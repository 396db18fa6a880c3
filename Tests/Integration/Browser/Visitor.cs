using Microsoft.Playwright;

namespace SecKill.Tests.Integration.Browser;

/// <summary>A browser user with one window open.</summary>
public sealed class Visitor : IAsyncDisposable
{
    // What a script is told as an answer, the browser also writes into its console: nothing to complain about.
    private const string Answered = "Failed to load resource";

    private readonly IBrowserContext _context;
    private readonly ConcurrentQueue<string> _complaints = new();

    private Visitor(IBrowserContext context, IPage window)
    {
        (_context, Window) = (context, window);
        window.PageError += (_, error) => _complaints.Enqueue(error);
        window.Console += (_, message) =>
        {
            if (message.Type == "error" && !message.Text.StartsWith(Answered, StringComparison.Ordinal))
                _complaints.Enqueue(message.Text);
        };
    }

    public IPage Window { get; }

    /// <summary>Uncaught errors of scripts, and what the browser itself has refused, as by the content security policy.</summary>
    public IReadOnlyCollection<string> Complaints => _complaints;

    internal static async Task<Visitor> ArriveAsync(IBrowserContext context) => new(context, await context.NewPageAsync());

    public async ValueTask DisposeAsync() => await _context.CloseAsync();
}
