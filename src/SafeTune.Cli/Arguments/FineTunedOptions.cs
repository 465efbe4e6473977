using System.CommandLine;
using SafeTune.Training;

namespace SafeTune.Cli.Arguments;

/// <summary>The options that say which fine-tuned model.</summary>
internal sealed class FineTunedOptions
{
    private readonly Option<string> adapter = Opt.Required("--adapter", "Folder that 'safetune train' wrote, or a LoRA adapter of peft's.", "dir");
    private readonly Option<string?> model = Opt.Text("--model", "Folder of the pre-trained model, when it has moved since the training.", "dir");
    private readonly DeviceArgument device = new();
    private readonly Option<int?> threads = Opt.OptionalInteger("--threads", "Threads that torch uses. Default: all processors.");

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { adapter, model, threads }) command.Add(option);
        device.AddTo(command);
    }

    public FineTunedModel Load(Session session, ParseResult parsed)
    {
        Threads.Use(parsed.GetValue(threads));
        return FineTunedModel.Load(parsed.GetRequiredValue(adapter), parsed.GetValue(model), device.Read(parsed), warn: session.Error.WriteLine);
    }
}
