using SafeTune.Batching;
using SafeTune.Data;
using SafeTune.Models;
using SafeTune.Tests.Data;
using SafeTune.Training;
using TorchSharp;

namespace SafeTune.Tests.Data;

public sealed class WikiTextTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Words_and_ends_of_lines_are_counted()
    {
        var passage = Assert.IsType<PassageExample>(Assert.Single(WikiText.Load(Write(" \n = Title = \n \n Two words . \n")).Examples));
        Assert.Equal(6 + 4, passage.Words);
    }

    [Fact]
    public void An_empty_file_is_told() => Assert.Contains("no word", Assert.Throws<UsageException>(() => WikiText.Load(Write(" \n"))).Message, StringComparison.Ordinal);

    [HubFact]
    public void The_test_file_has_the_literatures_number_of_words() =>
        Assert.Equal(245_569, ((PassageExample)WikiText.Load(Path.Combine(Golden.Hub!, "datasets", "wikitext-2-raw", "wiki.test.raw")).Examples[0]).Words);

    /// <summary>In windows that overlap, every token but the first is predicted once: the loss of a whole text that fits one window is that of its windows when the context does not matter.</summary>
    [Theory]
    [InlineData(16, 5)]
    [InlineData(16, 0)]
    [InlineData(9, 8)]
    public void Every_token_is_predicted_once(int length, int stride)
    {
        using var family = new TinyFamily("llama");
        using var model = AutoModel.Load(family.Folder, family.Head);
        var data = WikiText.Load(Write("the red cat runs fast and the blue dog sleeps in the slow sun all day long"));
        var batches = new Batches(data, ExampleEncoders.For(model, family.Folder, length, stride), 4);
        var whole = new Batches(data, ExampleEncoders.For(model, family.Folder, 512, 0), 1);
        long Predicted(Batches of) => of.ByLength().Sum(rows =>
        {
            using var batch = (TextBatch)of.Of(rows);
            return batch.Labels!.ne(-100).sum().item<long>();
        });
        Assert.Equal(1, whole.Rows);
        Assert.True(batches.Rows > 1);
        Assert.Equal(Predicted(whole), Predicted(batches));
    }

    private string Write(string text)
    {
        var path = Path.Combine(folder.Path, "wiki.test.raw");
        File.WriteAllText(path, text);
        return path;
    }
}
