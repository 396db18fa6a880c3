namespace SecKill.Bench.Load;

/// <summary>How far a run is.</summary>
/// <param name="Phase">The current phase, such as <c>opening connections</c>.</param>
/// <param name="Done">Units of work done.</param>
/// <param name="Total">Units of work in all; 0 if unknown.</param>
/// <param name="Unit">The unit of work, such as <c>users</c>.</param>
internal sealed record RunProgress(string Phase, double Done, double Total, string Unit);
