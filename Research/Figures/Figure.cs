namespace SecKill.Research.Figures;

/// <summary>One figure of the product.</summary>
/// <param name="Group">Its measurement, as given on the command line.</param>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value.</param>
/// <param name="Unit">Its unit.</param>
internal sealed record Figure(string Group, string Name, double Value, string Unit);
