using System.CommandLine;
using static TorchSharp.torch;

namespace SafeTune.Cli.Arguments;

/// <summary>The option that says where tensors live.</summary>
internal sealed class DeviceArgument
{
    private readonly Option<string?> device = new Option<string?>("--device") { Description = "cpu or cuda. Default: the GPU where there is one." }.AcceptOnlyFromAmong("cpu", "cuda");

    /// <summary>Adds the option to a command.</summary>
    public void AddTo(Command command) => command.Add(device);

    /// <summary>What was asked for.</summary>
    /// <exception cref="UsageException">There is no GPU that this torch can use.</exception>
    public Device Read(ParseResult parsed)
    {
        var hasGpu = cuda.is_available();
        return parsed.GetValue(device) switch
        {
            null => hasGpu ? CUDA : CPU,
            "cpu" => CPU,
            _ => hasGpu ? CUDA : throw new UsageException("--device is cuda, and torch finds no GPU that it can use; 'safetune env' shows what it runs on."),
        };
    }
}
