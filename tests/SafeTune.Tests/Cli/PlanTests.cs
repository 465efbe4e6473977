using System.Text.Json;
using SafeTune.Tests.Data;

namespace SafeTune.Tests.Cli;

public sealed class PlanTests
{
    [Fact]
    public void A_frozen_block_less_holds_more()
    {
        var plan = Json("--model", "bert-base", "--batch", "8", "--seq", "64");
        var totals = States(plan).Select(state => state.GetProperty("total_bytes").GetInt64()).ToArray();
        Assert.Equal(13, totals.Length);
        Assert.Equal(totals.OrderDescending(), totals);
    }

    [Fact]
    public void Models_that_do_not_fit_here_are_planned_for_cards()
    {
        bool Fits(string model, string gpu) => States(Json("--model", model, "--batch", "1", "--seq", "512", "--gpu", gpu, "--freeze-prefix", "0"))[0].GetProperty("fits").GetBoolean();
        Assert.False(Fits("llama-2-7b", "rtx4090"));
        Assert.True(Fits("llama-2-7b", "a100-80gb"));
        Assert.False(Fits("llama-65b", "h200"));
    }

    [Fact]
    public void A_card_is_planned_without_the_kernels_that_only_processors_have()
    {
        long Held(params string[] options) => States(Json(["--model", "bert-base", "--freeze-prefix", "0", .. options]))[0].GetProperty("activation_bytes").GetInt64();
        Assert.Equal(Held("--kernels", "off"), Held("--gpu", "h200"));
        Assert.True(Held() < Held("--kernels", "off"));
        // Measured on an H200.
        Assert.InRange(Held("--gpu", "h200") / 1987815424.0, 0.97, 1.03);
        Assert.InRange(Held("--gpu", "h200", "--attention", "eager") / 2476173312.0, 0.97, 1.03);
    }

    [Fact]
    public void A_configuration_is_enough()
    {
        using var folder = new TemporaryFolder();
        var config = Path.Combine(folder.Path, "config.json");
        File.WriteAllText(config, """{"model_type": "vit", "hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_size": 64, "image_size": 16, "patch_size": 4}""");
        Assert.Equal(3, Json("--model", config, "--batch", "2").GetProperty("blocks").GetInt32());
    }

    [Fact]
    public void The_table_names_its_units_and_what_the_time_leaves_out()
    {
        var outcome = CommandLine.Run("plan", "--model", "mini", "--batch", "2", "--seq", "16", "--gpu", "l4");
        Assert.Equal((0, ""), (outcome.Code, outcome.Error));
        Assert.Contains("MiB", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("a step takes longer", outcome.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("'bert-bse'", "--model", "bert-bse")]
    [InlineData("'h10'", "--model", "mini", "--gpu", "h10")]
    [InlineData("512", "--model", "mini", "--seq", "600")]
    [InlineData("6 blocks", "--model", "mini", "--freeze-prefix", "7")]
    [InlineData("lora+adapterdrop", "--model", "mini", "--method", "lora+adapterdrop")]
    public void What_cannot_be_planned_is_named(string named, params string[] arguments)
    {
        var outcome = CommandLine.Run(["plan", .. arguments]);
        Assert.Equal(2, outcome.Code);
        Assert.Contains(named, outcome.Error, StringComparison.Ordinal);
    }

    private static JsonElement Json(params string[] arguments)
    {
        var outcome = CommandLine.Run(["plan", "--gflops", "100", "--json", .. arguments]);
        Assert.Equal((0, ""), (outcome.Code, outcome.Error));
        return JsonDocument.Parse(outcome.Output).RootElement;
    }

    private static JsonElement[] States(JsonElement plan) => [.. plan.GetProperty("states").EnumerateArray()];
}
