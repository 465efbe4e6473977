namespace SafeTune.Data;

/// <summary>Images with classes in parquet files of the Hugging Face hub: a column of <c>{bytes, path}</c>, and one of class numbers.</summary>
public static class ImageParquet
{
    // Where the file does not say.
    private const int MostClasses = 100_000;
    private static readonly string[] LabelColumns = ["label", "fine_label", "labels"];

    /// <summary>Reads one split; the encoded images go to a temporary file where they outgrow memory, and are decoded when a batch needs them.</summary>
    /// <param name="files">The split's files, in their order; at least one.</param>
    /// <param name="name">The dataset's name.</param>
    /// <param name="split">The split's name.</param>
    /// <exception cref="UsageException">A file is missing or broken, or has no such columns: names file and row.</exception>
    public static Dataset Load(IReadOnlyList<string> files, string name, string split)
    {
        ArgumentNullException.ThrowIfNull(files);
        var images = new RowStore();
        List<Example> examples = [];
        IReadOnlyList<string>? classes = null;
        foreach (var path in files)
        {
            var file = ParquetFile.Open(path);
            var image = file.Columns.FirstOrDefault(column => column.Children.Any(part => part.Name == "bytes"))?.Name
                ?? throw new UsageException($"{path}: expected a column of images, each with bytes and path; its columns are {Columns(file)}.");
            var label = LabelColumns.FirstOrDefault(name => file.Columns.Any(column => column.Name == name))
                ?? throw new UsageException($"{path}: expected a column of labels called {string.Join(" or ", LabelColumns)}; its columns are {Columns(file)}.");
            classes ??= file.ClassNames(label);
            foreach (var (row, number) in file.Rows(image, label).Select((row, i) => (row, i + 1)))
            {
                var place = FormattableString.Invariant($"{path}, row {number}");
                images.Add(row.GetValueOrDefault(image) is IDictionary<string, object> parts && parts.TryGetValue("bytes", out var bytes) && bytes is byte[] encoded
                    ? encoded : throw new UsageException($"{place}: column '{image}' holds no image's bytes; get the file again, or one with the images in it."));
                examples.Add(new StoredImageExample(new ImageRow(images, images.Count - 1, place), Class(row, label, classes?.Count ?? MostClasses, place)));
            }
        }

        if (examples.Count == 0) throw new UsageException($"{files[0]}: there is not one row in it; get the file again.");
        return new Dataset(name, split, examples, classes ?? Numbers(examples), SkippedRows: 0);
    }

    private static long Class(IReadOnlyDictionary<string, object> row, string column, int classes, string place) =>
        ParquetFile.Integer(row, column) is { } label && label >= 0 && label < classes
            ? label
            : throw new UsageException(FormattableString.Invariant($"{place}: column '{column}' is '{row.GetValueOrDefault(column)}', expected a class from 0 to {classes - 1}; get the file again."));

    private static string Columns(ParquetFile file) => string.Join(", ", file.Columns.Select(column => column.Name));

    private static string[] Numbers(List<Example> examples) => [.. Enumerable.Range(0, (int)examples.Max(example => example.Label) + 1).Select(label => FormattableString.Invariant($"{label}"))];

    private sealed record ImageRow(RowStore Images, int Row, string Place) : IStoredImage
    {
        public byte[] Read() => Images[Row];
    }
}
