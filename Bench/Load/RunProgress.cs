namespace SecKill.Bench.Load;

/// <summary>How far a run is.</summary>
/// <param name="Phase">What is being done, such as <c>opening connections</c>.</param>
/// <param name="Done">How much of it.</param>
/// <param name="Total">Of how much; 0 where that is not known.</param>
/// <param name="Unit">What is counted, such as <c>users</c>.</param>
internal sealed record RunProgress(string Phase, double Done, double Total, string Unit);
