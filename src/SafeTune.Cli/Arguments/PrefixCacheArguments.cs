using System.CommandLine;
using SafeTune.Models;
using static TorchSharp.torch;

namespace SafeTune.Cli.Arguments;

/// <summary>The options of the frozen prefix's cache.</summary>
internal sealed class PrefixCacheArguments
{
    private readonly Option<string> store = new Option<string>("--cache-prefix")
    {
        Description = "Keep the outputs of the frozen blocks below all that trains, so that they run once for each example (they have no dropout then).", DefaultValueFactory = _ => "off",
    }.AcceptOnlyFromAmong("ram", "disk", "off");

    private readonly Option<string> budget = new("--cache-budget") { Description = "At most so much of it, e.g. 500MiB or 4GiB.", DefaultValueFactory = _ => "4GiB", HelpName = "size" };

    private readonly Option<string> dtype = new Option<string>("--cache-dtype") { Description = "Their element type.", DefaultValueFactory = _ => "float32" }.AcceptOnlyFromAmong("float32", "bfloat16", "float16");

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(store);
        command.Add(budget);
        command.Add(dtype);
    }

    /// <summary>What was asked for; null when it is off.</summary>
    /// <exception cref="UsageException">The budget is no size.</exception>
    public PrefixCacheOptions? Read(ParseResult parsed)
    {
        if (parsed.GetValue(store) == "off") return null;
        return new PrefixCacheOptions(parsed.GetValue(store) == "ram" ? PrefixStore.Ram : PrefixStore.Disk, ByteSize.Parse(parsed.GetRequiredValue(budget)), parsed.GetValue(dtype) switch
        {
            "bfloat16" => ScalarType.BFloat16,
            "float16" => ScalarType.Float16,
            _ => ScalarType.Float32,
        });
    }
}
