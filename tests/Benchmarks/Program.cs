using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using SafeTune.Benchmarks;

if (args is ["load", ..])
{
    CheckpointBenchmarks.Run(args);
    return;
}

if (args is ["images"])
{
    ImageBenchmarks.Run();
    return;
}

// `dotnet run -c Release --project tests/Benchmarks -- --filter '*'`: BenchmarkDotNet's arguments.
// In this process: its own projects would know neither the package stack nor the native library.
var config = DefaultConfig.Instance.AddColumn(StatisticColumn.OperationsPerSecond).AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance));
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, config);
