namespace SafeTune.Data;

/// <summary>WikiText-2 raw (Merity et al. 2017): articles as running text, from which perplexity is measured.</summary>
public static class WikiText
{
    /// <summary>Lines of the published training file.</summary>
    public const int PublishedTrainRows = 36_718;

    /// <summary>Reads a file as one text, as it stands.</summary>
    /// <remarks>A word-level perplexity counts what blanks part and one end of sentence a line, 245,569 in the test file, as the literature does.</remarks>
    /// <param name="path">wiki.test.raw, wiki.valid.raw or wiki.train.raw.</param>
    /// <exception cref="UsageException">There is no such file, it is no UTF-8, or it is empty.</exception>
    public static Dataset Load(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (!File.Exists(path)) throw new MissingDataException($"There is no file '{Path.GetFullPath(path)}' of WikiText-2 raw: download wikitext-2-raw-v1 from the Hugging Face hub (Salesforce/wikitext) and put it there.");
        using var reader = TextLines.Open(path);
        string text;
        try
        {
            text = reader.ReadToEnd();
        }
        catch (Exception error) when (error is System.Text.DecoderFallbackException or IOException)
        {
            throw new UsageException($"{path}: it cannot be read as UTF-8 ({error.Message.TrimEnd('.')}); get the file again.", error);
        }

        var lines = text.Count(letter => letter == '\n');
        var words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length + lines;
        if (words == lines) throw new UsageException($"{path}: there is no word in it; get the file again.");
        var split = Path.GetFileNameWithoutExtension(path).Split('.')[^1];
        return new Dataset("wikitext2", split, [new PassageExample(text, words)], LabelNames: null, SkippedRows: 0) { Task = TaskKind.LanguageModelling };
    }
}
