using System.CommandLine;
using SafeTune.Cli.Output;
using SafeTune.Measurement;
using SafeTune.Torch;

namespace SafeTune.Cli.Commands;

/// <summary><c>safetune env</c>: what results depend on, for reports of bugs and for comparisons.</summary>
internal static class EnvCommand
{
    public static Command Make(Session session)
    {
        var json = Opt.Flag("--json", "Print one JSON document.");
        var command = new Command("env", "Shows the machine, torch, the matrix-product library and whether memory can be measured.") { json }
            .WithExamples("safetune env", "safetune env --json");
        command.SetAction(parsed => Run(session, parsed.GetValue(json)));
        return command;
    }

    private static int Run(Session session, bool json)
    {
        var e = RunEnvironment.Read();
        if (json)
        {
            session.Output.WriteJson(new
            {
                e.Device, e.Torch, e.Dotnet, e.Commit, e.Dirty, e.Stack, e.Blas, e.Threads, e.Os, e.Cpu, cuda_devices = CudaDriver.Devices, torch_problem = TorchLibrary.WhyNot, memory_problem = MemoryMeter.WhyNot,
            });
            return ExitCode.Fine;
        }

        Table.Write(session, ["what", "is"],
        [
            ["device", e.Device],
            ["processor", e.Cpu],
            ["threads", FormattableString.Invariant($"{e.Threads}")],
            ["torch", e.Torch],
            ["package", e.Stack],
            ["matrix products", e.Blas],
            ["memory meter", MemoryMeter.WhyNot ?? "available"],
            [".NET", e.Dotnet],
            ["system", e.Os],
            ["commit", e.Commit.Length == 0 ? "none" : e.Commit + (e.Dirty ? " with changes" : "")],
        ]);
        return ExitCode.Fine;
    }
}
