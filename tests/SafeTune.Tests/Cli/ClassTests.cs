using System.Text.Json;
using SafeTune.Training;

namespace SafeTune.Tests.Cli;

/// <summary>An output of a head stands for one class, by its name, from training to training.</summary>
public sealed class ClassTests : IDisposable
{
    private readonly Workbench bench = new();

    public void Dispose() => bench.Dispose();

    [Theory]
    [InlineData("yes", "no")]
    [InlineData("no", "yes")]
    public void Going_on_from_an_adapter_keeps_its_classes_in_their_order(string first, string second)
    {
        bench.Train("first", "--method", "lora", "--learning-rate", "0.01", "--epochs", "4");
        Rename("first", first, second);
        var scored = Score("first");

        // A rate that moves nothing.
        var trained = bench.Train("second", "--method", "lora", "--adapter", bench.Path("first"), "--learning-rate", "1e-12");

        Assert.Equal((0, ""), (trained.Code, trained.Error));
        Assert.Equal([first, second], FineTunedInfo.Read(bench.Path("second"))!.LabelNames!);
        Assert.Equal(scored, Score("second"));
    }

    [Fact]
    public void A_class_that_the_adapter_lacks_is_refused_by_name()
    {
        bench.Train("first", "--method", "lora");
        var other = bench.Write("other.csv", "text,label\nred cat,yes\nblue dog,maybe\n");

        var refused = bench.Train("second", "--method", "lora", "--adapter", bench.Path("first"), "--data", other);

        Assert.Equal(2, refused.Code);
        Assert.Contains("other.csv, line 3: column 'label' has 'maybe', expected one of 'no', 'yes'", Assert.Single(refused.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public void A_class_of_the_adapter_may_be_missing_in_the_data()
    {
        var three = bench.Write("three.csv", "text,label\n" + string.Concat(Enumerable.Repeat("red cat,a\nblue dog,b\nslow bird,c\n", 8)));
        var two = bench.Write("two.csv", "text,label\n" + string.Concat(Enumerable.Repeat("red cat,c\nblue dog,b\n", 8)));
        bench.Train("first", "--method", "lora", "--data", three, "--validation", three);

        var trained = bench.Train("second", "--method", "lora", "--adapter", bench.Path("first"), "--data", two, "--validation", two);

        Assert.Equal((0, ""), (trained.Code, trained.Error));
        Assert.Equal(["a", "b", "c"], FineTunedInfo.Read(bench.Path("second"))!.LabelNames!);
    }

    [Fact]
    public void Classes_that_an_adapter_only_counts_are_met_by_their_numbers()
    {
        bench.Train("first", "--method", "lora");
        Rename("first", "LABEL_0", "LABEL_1");
        var numbers = bench.Write("numbers.csv", "text,label\nred cat,1\nblue dog,0\nslow bird,LABEL_1\n");

        Assert.Equal(0, bench.Train("second", "--method", "lora", "--adapter", bench.Path("first"), "--data", numbers, "--validation", numbers).Code);
    }

    [Fact]
    public void An_adapter_that_predicts_a_number_goes_on_doing_so_and_one_of_classes_does_not()
    {
        bench.Train("number", "--method", "lora", "--label-column", "words", "--regression");
        bench.Train("classes", "--method", "lora");

        Assert.Equal(0, bench.Train("again", "--method", "lora", "--adapter", bench.Path("number")).Code);
        Assert.Equal(1, FineTunedInfo.Read(bench.Path("again"))!.LabelNames?.Count ?? 1);
        var refused = bench.Train("odd", "--method", "lora", "--adapter", bench.Path("classes"), "--label-column", "words", "--regression");
        Assert.Contains("--regression predicts a number, and the adapter of --adapter has the classes no, yes", Assert.Single(refused.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public void The_class_that_f1_is_of_is_named_and_can_be_chosen()
    {
        bench.Train("adapter", "--method", "lora", "--learning-rate", "0.01", "--positive-label", "no");

        var usual = Scores("adapter");
        var other = Scores("adapter", "--positive-label", "yes");

        Assert.Equal(("no", "yes"), (usual.GetProperty("positive_label").GetString(), other.GetProperty("positive_label").GetString()));
        var (no, yes) = (F1(usual), F1(other));
        Assert.NotEqual(no, yes);
        Assert.Equal((no + yes) / 2, usual.GetProperty("scores").GetProperty("f1_macro").GetDouble(), 12);
        Assert.Contains("f1 of 'no'", CommandLine.Run("evaluate", "--adapter", bench.Path("adapter"), "--data", bench.Path("dev.csv")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_positive_label_that_is_no_class_is_refused_with_those_there_are() =>
        Assert.Contains("no class 'maybe'; its classes are no and yes", Assert.Single(bench.Train("adapter", "--positive-label", "maybe").Errors), StringComparison.Ordinal);

    [Fact]
    public void The_only_row_of_a_class_stays_in_training_and_that_is_said()
    {
        var rare = bench.Write("rare.csv", "text,label\nslow bird,rare\n" + string.Concat(Enumerable.Repeat("red cat,a\nblue dog,b\n", 10)));

        for (var seed = 1; seed <= 5; seed++)
        {
            var trained = bench.Train($"adapter{seed}", "--data", rare, "--validation", "0.3", "--seed", $"{seed}", "--epochs", "1");
            Assert.Equal((0, ""), (trained.Code, trained.Error));
            Assert.Contains("Of 'rare' there is one row each, which stays in the training part", trained.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Spaces_around_a_label_do_not_count_and_labels_that_differ_by_case_or_spelling_are_told()
    {
        var odd = bench.Write("odd.csv", "text,label\nred cat,a\nblue dog,a \nslow bird,A\nred dog,1\nblue cat,1.0\n");

        var trained = bench.Train("adapter", "--data", odd, "--validation", odd, "--epochs", "1");

        Assert.Equal(["1", "1.0", "A", "a"], FineTunedInfo.Read(bench.Path("adapter"))!.LabelNames!);
        Assert.Contains("The labels 'A', 'a' are different classes", trained.Output, StringComparison.Ordinal);
        Assert.Contains("The labels '1', '1.0' are different classes", trained.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1", "0")]
    [InlineData("true", "false")]
    [InlineData("2.5", "-1")]
    public void Labels_without_quotes_in_json_lines_come_back_without_quotes(string one, string other)
    {
        var data = bench.Write("t.jsonl", string.Concat(Enumerable.Repeat($"{{\"text\": \"red cat\", \"label\": {one}}}\n{{\"text\": \"blue dog\", \"label\": {other}}}\n", 6)));
        bench.Train("adapter", "--data", data, "--validation", data);

        CommandLine.Run("predict", "--adapter", bench.Path("adapter"), "--data", data, "--output", bench.Path("p.jsonl"));

        var line = File.ReadLines(bench.Path("p.jsonl")).First();
        Assert.Contains(JsonDocument.Parse(line).RootElement.GetProperty("predicted_label").GetRawText(), (string[])[one, other]);
    }

    private void Rename(string adapter, params string[] names) => (FineTunedInfo.Read(bench.Path(adapter))! with { LabelNames = names, PositiveLabel = null }).Write(bench.Path(adapter));

    private double Score(string adapter) => Scores(adapter).GetProperty("scores").GetProperty("accuracy").GetDouble();

    private static double F1(JsonElement evaluated) => evaluated.GetProperty("scores").GetProperty("f1").GetDouble();

    private JsonElement Scores(string adapter, params string[] more) =>
        JsonDocument.Parse(CommandLine.Run(["evaluate", "--adapter", bench.Path(adapter), "--data", bench.Path("dev.csv"), "--json", .. more]).Output).RootElement;
}
