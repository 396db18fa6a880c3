using System.ComponentModel.DataAnnotations;

namespace SecKill.Gateway.Live;

/// <summary>The live view of sales at a gateway. Section <c>Live</c> of the configuration.</summary>
[SettingsSection("Live")]
public sealed class LiveOptions
{
    /// <summary>Whether there is a live endpoint, and the page that shows it. Default true: neither needs a token.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>How many subscribers this gateway takes. Default 20,000; more are answered 503.</summary>
    [Range(1, 1_000_000)]
    public int MaxWatchers { get; set; } = 20_000;

    /// <summary>How many of them may come from one client address. Default 1,000: an office behind one. More are answered 429. 0: no limit but that.</summary>
    [Range(0, 1_000_000)]
    public int WatchersPerAddress { get; set; } = 1_000;

    /// <summary>
    /// How many different sales may have subscribers at this gateway. Default 1,000; for more it is 503. 200 are read a second, so 1,000
    /// sales are read every 5 s each.
    /// </summary>
    [Range(1, 1_000_000)]
    public int MaxSales { get; set; } = 1_000;

    /// <summary>
    /// How many sales without another subscriber one client address may open, each until some seconds after its last subscriber has
    /// left. Default 50; for more it is 429. 0: no limit but that.
    /// </summary>
    [Range(0, 1_000_000)]
    public int SalesPerAddress { get; set; } = 50;

    /// <summary>How often a sale is read, once for all its subscribers here, and how often its claims are reported. Default 1 s, 30 s at most: the page gives up a connection that is silent for 40 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:00:30")]
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How many snapshots a second are sent, to all subscribers together. Default 3,000. With more subscribers than that allows, each gets
    /// them less often: 9,000 every 3 s.
    /// </summary>
    [Range(10, 1_000_000)]
    public int EventsPerSecond { get; set; } = 3_000;
}
