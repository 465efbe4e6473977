using System.CommandLine;
using static TorchSharp.torch;

namespace SafeTune.Cli.Arguments;

/// <summary>The option that says how precisely the frozen model computes.</summary>
internal sealed class DtypeArgument
{
    private readonly Option<string> dtype = new Option<string>("--dtype")
    {
        Description = "Element type of the frozen weights and of activations; adapters, head and optimizer are float32.", DefaultValueFactory = _ => "float32",
    }.AcceptOnlyFromAmong("float32", "bfloat16");

    /// <summary>Adds the option to a command.</summary>
    public void AddTo(Command command) => command.Add(dtype);

    /// <summary>What was asked for.</summary>
    public ScalarType Read(ParseResult parsed) => parsed.GetValue(dtype) == "bfloat16" ? ScalarType.BFloat16 : ScalarType.Float32;
}
