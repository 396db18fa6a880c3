using System.ComponentModel.DataAnnotations;

namespace SecKill.Gateway.Live;

/// <summary>What a gateway shows of sales to whoever wants to watch. Section <c>Live</c> of the configuration.</summary>
public sealed class LiveOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Live";

    /// <summary>Whether there is a live endpoint, and the page that shows it. Default true: both are open to everybody.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>How many may watch at this gateway. Default 20,000; more are answered 503.</summary>
    [Range(1, 1_000_000)]
    public int MaxWatchers { get; set; } = 20_000;

    /// <summary>How often a sale is read, once for all who watch it here, and how often its claims are reported. Default 1 s, 30 s at most: the page gives up a connection that is silent for 40 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:00:30")]
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How many readings a second are sent, to all watchers together. Default 3,000. With more watchers than that allows, each gets
    /// them less often: 9,000 every 3 s.
    /// </summary>
    [Range(10, 1_000_000)]
    public int EventsPerSecond { get; set; } = 3_000;
}
