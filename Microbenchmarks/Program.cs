using BenchmarkDotNet.Running;

// dotnet run -c Release --project Microbenchmarks -- --filter '*'      (--help lists the options)
BenchmarkSwitcher.FromAssembly(typeof(SecKill.Microbenchmarks.TokenCheckBenchmarks).Assembly).Run(args);
