using System.Globalization;
using System.Text.Json;
using SafeTune.Data;

namespace SafeTune.Tests.Cli;

public sealed class TrainTests : IDisposable
{
    private readonly Workbench bench = new();

    public void Dispose() => bench.Dispose();

    [Fact]
    public void Training_prints_its_configuration_first_then_pefts_line()
    {
        var trained = bench.Train("adapter", "--method", "lora");

        Assert.Equal((0, ""), (trained.Code, trained.Error));
        var lines = trained.Output.Split('\n');
        Assert.StartsWith("model ", lines[0], StringComparison.Ordinal);
        // 3 blocks, query and value, A and B of rank 4: 3·2·2·4·32; the head 2·32 + 2, which peft counts a second time among all.
        Assert.Contains("trainable params: 1,602 || all params: ", trained.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Training_writes_the_adapter_in_pefts_layout_and_no_checkpoints()
    {
        bench.Train("adapter", "--method", "lora+safe");

        string[] files = [.. Directory.EnumerateFiles(bench.Path("adapter"), "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(bench.Path("adapter"), path)).Order(StringComparer.Ordinal)];
        Assert.Equal(["adapter_config.json", "adapter_model.safetensors", "freeze_plan.json", "safetune.json"], files);
        Assert.Equal(["metrics.jsonl"], Directory.EnumerateFileSystemEntries(bench.Path("adapter.run")).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("lora")]
    [InlineData("lora+safe")]
    [InlineData("lora+zhang")]
    [InlineData("full")]
    public void A_saved_model_scores_what_it_scored_after_training(string method)
    {
        var trained = bench.Train("tuned", "--method", method, "--learning-rate", "0.005", "--json");
        var evaluated = CommandLine.Run("evaluate", "--adapter", bench.Path("tuned"), "--data", bench.Path("dev.csv"), "--json");

        Assert.Equal((0, 0), (trained.Code, evaluated.Code));
        var after = JsonDocument.Parse(trained.Output).RootElement.GetProperty("report").GetProperty("scores");
        var loaded = JsonDocument.Parse(evaluated.Output).RootElement.GetProperty("scores");
        Assert.Equal(after.GetProperty("accuracy").GetDouble(), loaded.GetProperty("accuracy").GetDouble());
        Assert.Equal(after.GetProperty("matthews").GetDouble(), loaded.GetProperty("matthews").GetDouble());
    }

    [Fact]
    public void Predict_keeps_the_columns_and_appends_label_and_score()
    {
        bench.Train("adapter");
        var input = bench.Write("new.csv", "text,source\n\"red cat, fast\",web\nblue dog,\"a \"\"quoted\"\" one\"\n");

        var predicted = CommandLine.Run("predict", "--adapter", bench.Path("adapter"), "--data", input, "--output", bench.Path("labelled.csv"));

        Assert.Equal((0, ""), (predicted.Code, predicted.Error));
        var lines = File.ReadAllLines(bench.Path("labelled.csv"));
        Assert.Equal("text,source,label,score", lines[0]);
        Assert.StartsWith("\"red cat, fast\",web,", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("blue dog,\"a \"\"quoted\"\" one\",", lines[2], StringComparison.Ordinal);
        Assert.All(lines[1..], line => Assert.InRange(double.Parse(line.Split(',')[^1], CultureInfo.InvariantCulture), 0.5, 1));
        Assert.All(lines[1..], line => Assert.Contains(line.Split(',')[^2], (string[])["yes", "no"]));
    }

    [Fact]
    public void Predicted_labels_are_right_as_often_as_evaluate_says()
    {
        bench.Train("adapter", "--learning-rate", "0.005", "--epochs", "6");
        // The rows of dev.csv, with the truth in a column that predict does not read.
        var unlabelled = bench.Write("new.csv", File.ReadAllText(bench.Path("dev.csv")).Replace("id,text,label,words", "id,text,truth,words", StringComparison.Ordinal));

        CommandLine.Run("predict", "--adapter", bench.Path("adapter"), "--data", unlabelled, "--output", bench.Path("labelled.csv"));
        var evaluated = CommandLine.Run("evaluate", "--adapter", bench.Path("adapter"), "--data", bench.Path("dev.csv"), "--json");

        var rows = File.ReadAllLines(bench.Path("labelled.csv")).Skip(1).Select(line => line.Split(',')).ToArray();
        var right = rows.Count(row => row[2] == row[4]) / (double)rows.Length;
        Assert.Equal(JsonDocument.Parse(evaluated.Output).RootElement.GetProperty("scores").GetProperty("accuracy").GetDouble(), right, 12);
        Assert.True(right > 0.9, $"{right} of the labels are right");
    }

    [Fact]
    public void A_regression_is_trained_scored_and_predicted()
    {
        var trained = bench.Train("adapter", "--label-column", "words", "--regression", "--json");
        var predicted = CommandLine.Run("predict", "--adapter", bench.Path("adapter"), "--data", bench.Path("dev.csv"), "--output", bench.Path("labelled.csv"));

        Assert.Equal((0, 0), (trained.Code, predicted.Code));
        Assert.True(JsonDocument.Parse(trained.Output).RootElement.GetProperty("report").GetProperty("scores").TryGetProperty("pearson", out _));
        Assert.Equal("id,text,label,words,score", File.ReadLines(bench.Path("labelled.csv")).First());
    }

    [Fact]
    public void Json_lines_and_a_share_for_validation_work_too()
    {
        var rows = TinyModel.Halves(60).Examples.Cast<TextExample>().Select(example => JsonSerializer.Serialize(new { a = example.Text, b = "red dog", label = example.Label }));
        var file = bench.Write("pairs.jsonl", string.Join('\n', rows));

        var trained = CommandLine.Run("train", "--model", bench.Model, "--data", file, "--text-columns", "a,b", "--validation", "0.2", "--epochs", "1", "--output", bench.Path("adapter"));

        Assert.Equal((0, ""), (trained.Code, trained.Error));
        Assert.Contains("48 to train on, 12 to validate", trained.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void An_interrupted_training_goes_on_and_ends_as_an_uninterrupted_one()
    {
        var first = bench.Interrupt("adapter");
        var second = bench.Train("adapter");
        bench.Train("whole");

        Assert.Equal(130, first.Code);
        Assert.Contains("Resuming after step 1 ", second.Output, StringComparison.Ordinal);
        Assert.Equal(File.ReadAllBytes(bench.Path("whole/adapter_model.safetensors")), File.ReadAllBytes(bench.Path("adapter/adapter_model.safetensors")));
    }

    [Fact]
    public void A_finished_adapter_is_replaced_only_with_force()
    {
        bench.Train("adapter");
        var before = File.ReadAllBytes(bench.Path("adapter/adapter_model.safetensors"));

        var refused = bench.Train("adapter", "--seed", "2");

        Assert.Equal(2, refused.Code);
        Assert.Contains("--force", Assert.Single(refused.Errors), StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(bench.Path("adapter/adapter_model.safetensors")));
        Assert.Equal(0, bench.Train("adapter", "--seed", "2", "--force").Code);
        Assert.NotEqual(before, File.ReadAllBytes(bench.Path("adapter/adapter_model.safetensors")));
    }

    [Fact]
    public void A_loss_that_is_no_number_ends_with_its_reason()
    {
        // The square of such a label is more than a float32 holds.
        var far = bench.Write("far.csv", "text,label\nred cat,1e30\nblue dog,2e30\n");

        var failed = bench.Train("adapter", "--data", far, "--validation", "0.5", "--regression");

        Assert.Equal(1, failed.Code);
        Assert.Contains("the loss became", Assert.Single(failed.Errors), StringComparison.Ordinal);
        Assert.False(File.Exists(bench.Path("adapter/adapter_config.json")));
    }

    [Fact]
    public void An_output_that_is_a_file_is_refused_before_the_training()
    {
        var file = bench.Write("result", "mine");

        var refused = bench.Train("result");

        Assert.Equal((2, ""), (refused.Code, refused.Output));
        Assert.Contains("result' is a file", Assert.Single(refused.Errors), StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(file));
    }

    [Fact]
    public void A_learning_rate_out_of_range_is_told_both_ends() =>
        Assert.Contains("the learning rate is 1000000, and must be above 0 and below 1000", Assert.Single(bench.Train("adapter", "--learning-rate", "1000000").Errors), StringComparison.Ordinal);

    [Theory]
    [InlineData("csv", "text,label,score\nred cat,yes,1\n", "predicted_label", "predicted_score")]
    [InlineData("csv", "text,label,predicted_label\nred cat,yes,no\n", "predicted_label_2", "predicted_score_2")]
    [InlineData("tsv", "text\tpredicted_score\tscore\nred cat\t1\t2\n", "predicted_label_2", "predicted_score_2")]
    [InlineData("jsonl", "{\"text\": \"red cat\"}\n{\"text\": \"a\", \"label\": {}, \"predicted_label\": [1], \"predicted_label_2\": null}\n", "predicted_label_3", "predicted_score_3")]
    public void Predictions_get_names_that_the_table_does_not_have(string format, string table, string label, string score)
    {
        bench.Train("adapter");
        var input = bench.Write("in." + format, table);

        var predicted = CommandLine.Run("predict", "--adapter", bench.Path("adapter"), "--data", input, "--output", bench.Path("out." + format));
        var again = CommandLine.Run("predict", "--adapter", bench.Path("adapter"), "--data", bench.Path("out." + format), "--output", bench.Path("again." + format));

        Assert.Contains($"the predictions in the columns {label} and {score}.", predicted.Output, StringComparison.Ordinal);
        Assert.Equal((0, ""), (again.Code, again.Error));
    }

    [Fact]
    public void A_key_that_stands_twice_in_a_json_line_is_refused_with_its_line()
    {
        var twice = bench.Write("twice.jsonl", "{\"text\": \"a\", \"label\": \"x\"}\n{\"text\": \"a\", \"label\": \"x\", \"label\": \"y\"}\n");
        Assert.Contains("twice.jsonl, line 2: the key 'label' stands there twice", Assert.Single(bench.Train("adapter", "--data", twice).Errors), StringComparison.Ordinal);
    }

    [Fact]
    public void An_interrupted_training_is_not_lost_by_another_option()
    {
        bench.Interrupt("adapter");

        var refused = bench.Train("adapter", "--batch-size", "8");
        var resumed = bench.Train("adapter");

        Assert.Contains("batch_size was 16 and is 8", Assert.Single(refused.Errors), StringComparison.Ordinal);
        Assert.Contains("Resuming after step 1 ", resumed.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_validation_without_a_defined_score_ends_with_a_saved_adapter()
    {
        var one = bench.Write("one.csv", "text,words\nred cat,2\n");

        var trained = bench.Train("adapter", "--label-column", "words", "--regression", "--validation", one, "--json");

        Assert.Equal((0, JsonValueKind.Null), (trained.Code, JsonDocument.Parse(trained.Output).RootElement.GetProperty("report").GetProperty("scores").GetProperty("pearson").ValueKind));
        Assert.Contains("\"pearson\": null", File.ReadAllText(bench.Path("adapter/safetune.json")), StringComparison.Ordinal);
        Assert.Equal(0, CommandLine.Run("predict", "--adapter", bench.Path("adapter"), "--data", one, "--output", bench.Path("p.csv")).Code);
    }

    [HubFact]
    public void A_glue_task_and_a_model_are_found_in_the_hub_by_name()
    {
        var unknown = CommandLine.Run("train", "--model", "all-MiniLM-L6-v2", "--task", "mrcp", "--hub", Golden.Hub!, "--output", bench.Path("adapter"));

        Assert.Equal(2, unknown.Code);
        Assert.Contains("Did you mean 'mrpc'?", Assert.Single(unknown.Errors), StringComparison.Ordinal);
    }
}
