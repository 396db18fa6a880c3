namespace SecKill.Research.Figures;

/// <summary>What to measure.</summary>
/// <param name="Measurement">How to measure.</param>
/// <param name="Groups">Of <see cref="FiguresRun.Groups"/>.</param>
/// <param name="MostConnections">Connections of the largest stampede.</param>
/// <param name="Watchers">Watchers of a sale.</param>
internal sealed record FiguresOptions(MeasurementOptions Measurement, IReadOnlyList<string> Groups, int MostConnections, int Watchers);

/// <summary>One figure of the product.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value.</param>
/// <param name="Unit">Its unit.</param>
internal sealed record Figure(string Name, double Value, string Unit);
