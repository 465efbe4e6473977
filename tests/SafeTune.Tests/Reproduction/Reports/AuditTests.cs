using SafeTune.Adapters;
using SafeTune.Batching;
using SafeTune.Data;
using SafeTune.Measurement;
using SafeTune.Models;
using SafeTune.Reproduction.Reports.Audit;

namespace SafeTune.Tests.Reproduction.Reports;

public sealed class AuditTests : IDisposable
{
    private static readonly string Published = Path.Combine(Golden.Root, "experiments", "published");
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("safetune-");

    public void Dispose() => _folder.Delete(recursive: true);

    private static AuditLine Line(string figure, string? folder = null) => PaperAudit.Of(folder ?? Published).Single(line => line.Figure.StartsWith(figure, StringComparison.Ordinal));

    [Theory]
    [InlineData("Headline, memory", "42.85 %", "41.50 %", false)]
    [InlineData("Headline, time", "11.82 %", "13.67 %", false)]
    [InlineData("Tasks for the same compute", "2 ×", "1.53 ×", false)]
    [InlineData("MEFT's compute", "> 2 ×", "1.89 ×", false)]
    [InlineData("One step's compute", "1.24 TFLOP", "7.48 TFLOP", false)]
    [InlineData("Introduction, memory", "46.89 %", "46.89 %", true)]
    [InlineData("Compute saved on SQuAD, roberta-large", "88.41 %", "at most 47.14 %", false)]
    [InlineData("Memory saved on LLaMA-2-7B", "48.37 %", "48.46 %", false)]
    public void The_papers_figures_are_calculated_again_from_its_tables(string figure, string printed, string calculated, bool agrees)
    {
        AuditLine line = Line(figure);
        Assert.Equal((printed, calculated, agrees), (line.Printed, line.Calculated, line.Agrees));
    }

    [Fact]
    public void Other_tables_give_other_figures()
    {
        string text = File.ReadAllText(Path.Combine(Published, "figure6.csv"));
        File.WriteAllText(Path.Combine(_folder.FullName, "figure6.csv"), text.Replace("34.20", "34.26", StringComparison.Ordinal));
        Assert.Equal(("48.36 %", true), (Line("Memory saved", _folder.FullName).Calculated, Line("Memory saved", _folder.FullName).Agrees));
    }

    [Fact]
    public void A_table_that_is_not_there_is_left_out() => Assert.Empty(PaperAudit.Of(_folder.FullName));

    /// <summary>Up to the adapters and what the lowest trainable block leaves out.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(5)]
    public void The_closed_form_is_close_to_the_counter(int frozen)
    {
        const int layers = 6, hidden = 256, length = 64;
        long Step(int below)
        {
            using Transformer model = new BertConfig { Layers = layers, HiddenSize = hidden, IntermediateSize = 4 * hidden, Heads = 4 }.Build(new HeadOptions(TaskKind.Classification, 2, IsFresh: true));
            LoraAdapters adapters = LoraAdapters.Inject(model, new LoraOptions());
            foreach (var weight in Enumerable.Range(0, below).SelectMany(adapters.Unit))
                weight.Trains = false;
            return FlopCounter.Step(model, new InputShape(2, length)).Total;
        }

        double counted = (double)Step(frozen) / Step(0);
        Assert.InRange(new EncoderFlops(layers, hidden, length).ShareLeft(frozen), counted - 0.015, counted + 0.015);
    }
}
