using SecKill.Bench;
using SecKill.Bench.Commands;
using SecKill.Research.Baselines;
using SecKill.Research.Compare;
using SecKill.Research.Figures;

// As in Bench; the servers of `serve` are no clients.
if (args is not ["serve", ..])
    Environment.SetEnvironmentVariable(ClientSettings.InlineCompletions, "1");

return await CommandLine.RunAsync(
    "Measures SecKill beside other servers, and by itself.", [CompareCommand.Create(), FiguresCommand.Create(), ServeCommand.Create()], args);
