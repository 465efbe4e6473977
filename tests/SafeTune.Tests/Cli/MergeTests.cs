using System.Text.Json;

namespace SafeTune.Tests.Cli;

public sealed class MergeTests : IDisposable
{
    private readonly Workbench bench = new();

    public void Dispose() => bench.Dispose();

    [Theory]
    [InlineData("lora")]
    [InlineData("adalora")]
    [InlineData("bitfit")]
    public void A_merged_model_predicts_what_the_adapter_does(string method)
    {
        Assert.Equal(0, bench.Train(bench.Path("adapter"), "--method", method).Code);
        var merged = CommandLine.Run("merge", "--adapter", bench.Path("adapter"), "--output", bench.Path("merged"), "--json");
        Assert.Equal((0, ""), (merged.Code, merged.Error));
        var report = JsonDocument.Parse(merged.Output).RootElement.GetProperty("report");
        Assert.True(report.GetProperty("changed_weights").GetInt32() > 0);
        Assert.InRange(report.GetProperty("largest_difference").GetDouble(), 0, 1e-5 * (1 + report.GetProperty("largest_logit").GetDouble()));

        string Scores(string folder) => CommandLine.Run("evaluate", "--adapter", folder, "--data", bench.Path("dev.csv"), "--json").Output;
        Assert.Equal(Scores(bench.Path("adapter")), Scores(bench.Path("merged")));
    }

    [Fact]
    public void A_method_that_no_weight_can_express_is_refused_and_nothing_is_written()
    {
        Assert.Equal(0, bench.Train(bench.Path("adapter"), "--method", "pfeiffer").Code);
        var merged = CommandLine.Run("merge", "--adapter", bench.Path("adapter"), "--output", bench.Path("merged"));
        Assert.Equal(2, merged.Code);
        Assert.Contains("'pfeiffer' cannot be merged", Assert.Single(merged.Errors), StringComparison.Ordinal);
        Assert.False(Directory.Exists(bench.Path("merged")));
    }

    [Fact]
    public void A_merge_that_was_killed_can_be_repeated()
    {
        bench.Train("adapter", "--method", "lora");
        Directory.CreateDirectory(bench.Path("merged.partial"));
        bench.Write("merged.partial/model.safetensors.partial", "half");

        Assert.Equal(0, CommandLine.Run("merge", "--adapter", bench.Path("adapter"), "--output", bench.Path("merged")).Code);
        Assert.False(Directory.Exists(bench.Path("merged.partial")));
    }

    [Theory]
    [InlineData("adapters/lora/adapter", "LoRA adapter (peft)", 3 * 4 * 4 * 32)]
    [InlineData("adapters/adalora/adapter", "AdaLoRA adapter (peft)", 3 * 2 * ((2 * 6 * 32) + 6))]
    [InlineData("adapters/houlsby/adapter", "Houlsby adapter (adapter-hub)", 3 * 2 * ((2 * 8 * 32) + 8 + 32))]
    [InlineData("gpt2", "model", -1)]
    public void Inspecting_names_the_kind_and_counts_the_blocks(string folder, string kind, int parameters)
    {
        var outcome = CommandLine.Run("inspect", Golden.Path(folder), "--json");
        Assert.Equal((0, ""), (outcome.Code, outcome.Error));
        var found = JsonDocument.Parse(outcome.Output).RootElement;
        Assert.Equal(kind, found.GetProperty("kind").GetString());
        var blocks = found.GetProperty("parts").EnumerateArray().Where(part => char.IsAsciiDigit(part.GetProperty("name").GetString()![^1])).ToArray();
        Assert.Equal(3, blocks.Length);
        if (parameters > 0) Assert.Equal(parameters, blocks.Sum(part => part.GetProperty("parameters").GetInt32()));
    }
}
