using System.Text.Json;
using SafeTune.Adapters;
using SafeTune.Models;
using SafeTune.Tests.Data;

namespace SafeTune.Tests.Cli;

public sealed class GenerateTests : IDisposable
{
    private readonly TinyFamily model = new("gpt2");
    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        model.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void A_prompt_is_continued()
    {
        var outcome = CommandLine.Run("generate", model.Folder, "--prompt", "red cat", "--max-new-tokens", "5");
        Assert.Equal((0, ""), (outcome.Code, outcome.Error));
        Assert.NotEqual("", outcome.Output.Trim());
    }

    [Fact]
    public void Programs_get_a_line_of_json_a_prompt()
    {
        var prompts = folder.File("prompts.txt", "red cat\na blue dog runs\n");
        var outcome = CommandLine.Run("generate", model.Folder, "--prompts", prompts, "--beams", "3", "--max-new-tokens", "4", "--json");
        var rows = outcome.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal(["red cat", "a blue dog runs"], rows.Select(row => row.GetProperty("prompt").GetString()));
        Assert.All(rows, row =>
        {
            Assert.InRange(row.GetProperty("ids").GetArrayLength(), 1, 4);
            Assert.True(row.GetProperty("score").GetDouble() < 0);
        });
    }

    [Fact]
    public void An_adapter_changes_what_comes()
    {
        using var loaded = AutoModel.Load(model.Folder);
        var adapters = LoraAdapters.Inject(loaded, new LoraOptions());
        foreach (var weight in Enumerable.Range(0, 3).SelectMany(adapters.Unit)) weight.Set(TorchSharp.torch.randn([.. weight.Shape]));
        adapters.Write(folder.Path, baseModel: null);
        string[] command = ["generate", model.Folder, "--prompt", "red cat", "--max-new-tokens", "8", "--json"];
        Assert.NotEqual(CommandLine.Run(command).Output, CommandLine.Run([.. command, "--adapter", folder.Path]).Output);
    }

    [Fact]
    public void Nothing_to_go_on_from_is_bad_input()
    {
        var outcome = CommandLine.Run("generate", model.Folder);
        Assert.Equal(2, outcome.Code);
        Assert.Contains("--prompt TEXT", Assert.Single(outcome.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_of_another_kind_is_bad_input()
    {
        using var bert = new TinyFamily("bert");
        var outcome = CommandLine.Run("generate", bert.Folder, "--prompt", "red");
        Assert.Equal(2, outcome.Code);
        Assert.Contains("no head for language modelling", Assert.Single(outcome.Errors), StringComparison.Ordinal);
    }
}
