using SafeTune.Data;

namespace SafeTune.Tests.Data;

public sealed class CorpusTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_line_is_a_document_and_an_empty_one_is_none()
    {
        folder.File("corpus/valid.txt", "One. Two.\n\n \nThree.\r\n");
        var data = DataSources.Find("corpus").Load(folder.Path, "valid");
        Assert.Equal([new PromptExample("", "One. Two."), new PromptExample("", "Three.")], data.Examples);
        Assert.Equal(("valid", TaskKind.LanguageModelling), (data.Split, data.Task));
    }

    [Fact]
    public void A_document_s_first_sentence_comes_with_its_own_rest_and_with_its_neighbour_s()
    {
        folder.File("corpus/train.txt", "Who ran? A dog. It barked.\nA cat slept. It purred.\nAlone.\nOne. Two.\n");
        var pairs = Corpus.NextSentences(DataSources.Find("corpus").Load(folder.Path, "train"));
        Assert.Equal(
            [
                new TextExample("Who ran?", "A dog. It barked.", 1), new TextExample("Who ran?", "It purred.", 0), new TextExample("A cat slept.", "It purred.", 1), new TextExample("A cat slept.", "A dog. It barked.", 0),
                new TextExample("Alone.", null, double.NaN), new TextExample("One.", "Two.", 1),
            ],
            pairs.Examples);
    }

    [Fact]
    public void A_file_without_text_is_told() =>
        Assert.Contains("a document a line", Assert.Throws<UsageException>(() => Corpus.Load(folder.File("corpus/train.txt", "\n \n"))).Message, StringComparison.Ordinal);

    [Fact]
    public void A_file_that_is_not_there_is_named() =>
        Assert.Contains("train.txt", Assert.Throws<MissingDataException>(() => DataSources.Find("corpus").Load(folder.Path, "train")).Message, StringComparison.Ordinal);
}
