using System.CommandLine;
using SecKill.Bench.Baselines;
using SecKill.Bench.Compare;

var root = new RootCommand("Measures SecKill.") { CompareCommand.Create(), ServeCommand.Create() };
return await root.Parse(args).InvokeAsync();
