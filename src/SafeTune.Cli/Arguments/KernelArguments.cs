using System.CommandLine;
using SafeTune.Models;

namespace SafeTune.Cli.Arguments;

/// <summary>The options that choose between fused and composed operators.</summary>
internal sealed class KernelArguments
{
    private readonly Option<string> kernels = new Option<string>("--kernels")
    {
        Description = "Dropout, norms, GELU and adapters as single CPU kernels that keep less (on), or composed of torch's operators (off).", DefaultValueFactory = _ => "on",
    }.AcceptOnlyFromAmong("on", "off");

    private readonly Option<string> attention = new Option<string>("--attention")
    {
        Description = "Attention without its matrix of queries by keys (fused), or as Hugging Face's models compute it (eager).", DefaultValueFactory = _ => "fused",
    }.AcceptOnlyFromAmong("fused", "eager");

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(kernels);
        command.Add(attention);
    }

    /// <summary>What was asked for.</summary>
    public KernelOptions Read(ParseResult parsed) => new(parsed.GetValue(kernels) == "on", parsed.GetValue(attention) == "fused");
}
