namespace SafeTune.Tests.Cli;

public sealed class BadInputTests : IDisposable
{
    private readonly Workbench bench = new();

    public void Dispose() => bench.Dispose();

    [Theory]
    [InlineData("'safetune' has no command 'trian'; it has train, plan, evaluate, score, predict, merge, inspect, generate, tokenize, data, parity, bench, env. Did you mean 'train'?", "trian")]
    [InlineData("'safetune bench' has no command 'stepp'; it has step. Did you mean 'step'?", "bench", "stepp")]
    [InlineData("'safetune train' has no option '--modle'. Did you mean '--model'? See 'safetune train --help'.", "train", "--modle", "x")]
    [InlineData("'safetune bench step' has no option '--sequ'. Did you mean '--seq'? See 'safetune bench step --help'.", "bench", "step", "--sequ=3")]
    [InlineData("'safetune train' needs --model: folder of the pre-trained model", "train")]
    [InlineData("'safetune' needs a command", "")]
    [InlineData("--steps takes a whole number, not 'ten'.", "bench", "step", "--steps", "ten")]
    [InlineData("The model size 'mini2' is not known; known: mini, base, large. Did you mean 'mini'?", "bench", "step", "--model", "mini2")]
    [InlineData("The model folder '/no/such/folder' does not exist.", "parity", "/no/such/folder")]
    [InlineData("There is no dataset 'mprc'. Did you mean 'mrpc'?", "data", "mprc", "--hub", "/")]
    [InlineData("The hub '/no/such/folder' does not exist", "data", "mrpc", "--hub", "/no/such/folder")]
    [InlineData("There is no folder '/datasets/glue' to read MRPC from", "data", "mrpc", "--hub", "/")]
    [InlineData("The adapter folder '/no/such/folder' does not exist.", "evaluate", "--adapter", "/no/such/folder", "--data", "x.csv")]
    public void A_wrong_command_line_is_told_in_one_sentence(string sentence, params string[] args)
    {
        var outcome = CommandLine.Run([.. args.Where(arg => arg.Length > 0)]);

        Assert.Equal((2, ""), (outcome.Code, outcome.Output));
        Assert.StartsWith(sentence, Assert.Single(outcome.Errors), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("is not known; known: lora, lora+safe, adalora, adalora+safe, houlsby, houlsby+safe, pfeiffer, pfeiffer+safe, bitfit, bitfit+safe, lora+zhang, lora+adapterdrop, lora+sparseadapter, lora+loraprune, lora+meft, lora+slimfit, full. Did you mean 'lora+safe'?", "--method", "lora+save")]
    [InlineData("The method 'lora+meft' changes the network", "--method", "lora+meft")]
    [InlineData("SlimFit's freezing rate is 1, and must be at least 0 and below 1.", "--method", "lora+slimfit", "--freezing-rate", "1")]
    [InlineData("has no column 'lable'", "--label-column", "lable")]
    [InlineData("The target module 'qeury' matches nothing in the model's blocks; they have attention.self.query", "--target-modules", "qeury,value")]
    [InlineData("epochs is 0, and must be at least 1.", "--epochs", "0")]
    [InlineData("LoRA's rank must be at least 1, not 0.", "--rank", "0")]
    [InlineData("--epochs takes a whole number, not '1.5'.", "--epochs", "1.5")]
    [InlineData("--validation takes a file or a share such as 0.1, and 'missing.csv' is neither.", "--validation", "missing.csv")]
    [InlineData("--threads takes at least 1, not 0.", "--threads", "0")]
    [InlineData("SAFE's option TauFinal is 2", "--tau", "2")]
    public void A_wrong_option_of_a_training_is_told_in_one_sentence(string sentence, params string[] options)
    {
        var outcome = bench.Train("adapter", options);

        Assert.Equal(2, outcome.Code);
        Assert.Contains(sentence, Assert.Single(outcome.Errors), StringComparison.Ordinal);
        Assert.False(File.Exists(bench.Path("adapter/adapter_config.json")));
    }

    [Fact]
    public void A_missing_table_is_named()
    {
        var outcome = bench.Train("adapter", "--data", bench.Path("absent.csv"));

        Assert.Equal(2, outcome.Code);
        Assert.Contains("absent.csv", Assert.Single(outcome.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public void A_row_with_too_few_columns_is_named_by_file_and_line()
    {
        var file = bench.Write("broken.csv", "text,label\nred cat,yes\nblue dog\n");

        var outcome = CommandLine.Run("train", "--model", bench.Model, "--data", file, "--output", bench.Path("adapter"));

        Assert.Equal(2, outcome.Code);
        Assert.Contains("broken.csv, line 3: expected 2 columns as in the header, found 1", Assert.Single(outcome.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public void A_label_outside_the_set_is_named_when_evaluating()
    {
        bench.Train("adapter");
        var file = bench.Write("odd.csv", "text,label\nred cat,yess\n");

        var outcome = CommandLine.Run("evaluate", "--adapter", bench.Path("adapter"), "--data", file);

        Assert.Equal(2, outcome.Code);
        Assert.Contains("odd.csv, line 2", Assert.Single(outcome.Errors), StringComparison.Ordinal);
        Assert.Contains("Did you mean 'yes'?", outcome.Error, StringComparison.Ordinal);
    }

    [HubFact]
    public void A_task_with_other_labels_is_not_scored()
    {
        bench.Train("adapter");

        var outcome = CommandLine.Run("evaluate", "--adapter", bench.Path("adapter"), "--task", "sst2", "--hub", Golden.Hub!);

        Assert.Equal((2, ""), (outcome.Code, outcome.Output));
        Assert.Contains("'sst2' has the class 'negative', which is none of the model's: no, yes", Assert.Single(outcome.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public void An_output_that_takes_no_more_is_told_in_one_sentence()
    {
        using var full = new FullDisk();
        using var error = new StringWriter();

        var code = SafeTune.Cli.Tool.Run(["parity", Golden.Path("bert/regression")], full, error);

        Assert.Equal(2, code);
        Assert.StartsWith("A file cannot be read or written: ", Assert.Single(error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_model_type_is_refused_before_the_data_is_read()
    {
        File.WriteAllText(Path.Combine(bench.Model, "config.json"), """{"model_type": "bart"}""");

        var outcome = bench.Train("adapter", "--data", "absent.csv");

        Assert.Equal(2, outcome.Code);
        Assert.Contains("the model type 'bart' is not known; known: bert, roberta", Assert.Single(outcome.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public void A_truncated_model_is_refused()
    {
        var path = Path.Combine(bench.Model, "model.safetensors");
        var bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, bytes[..^100]);

        var outcome = bench.Train("adapter");

        Assert.Equal(2, outcome.Code);
        Assert.Contains("truncated", Assert.Single(outcome.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public void Predictions_never_replace_their_input()
    {
        bench.Train("adapter");
        var before = File.ReadAllText(bench.Path("dev.csv"));

        var outcome = CommandLine.Run("predict", "--adapter", bench.Path("adapter"), "--data", bench.Path("dev.csv"), "--output", bench.Path("dev.csv"));

        Assert.Equal(2, outcome.Code);
        Assert.Equal(before, File.ReadAllText(bench.Path("dev.csv")));
    }

    private sealed class FullDisk : StringWriter
    {
        public override void WriteLine(string? value) => throw new IOException("No space left on device");
    }
}
