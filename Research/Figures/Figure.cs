namespace SecKill.Research.Figures;

/// <summary>One figure of the product.</summary>
/// <param name="Group">Which measurement it is of, as given on the command line.</param>
/// <param name="Name">What it says.</param>
/// <param name="Value">How much.</param>
/// <param name="Unit">Of what.</param>
internal sealed record Figure(string Group, string Name, double Value, string Unit);
