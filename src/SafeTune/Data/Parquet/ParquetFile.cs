using System.Text.Json;

namespace SafeTune.Data;

/// <summary>A parquet file as the Hugging Face hub has them: Snappy or gzip, plain values or dictionaries, nested columns.</summary>
/// <remarks>
/// Read by our own hands: DuckDB and Arrow need a native library beside ours, and Parquet.Net never comes back from some damaged files. What is read is what
/// pyarrow writes unless told otherwise; anything else is refused by its name. One page of each column is in memory, so a file may be larger than that.
/// </remarks>
internal sealed class ParquetFile
{
    private readonly string path;
    private readonly ParquetFooter footer;

    private ParquetFile(string path, ParquetFooter footer) => (this.path, this.footer) = (path, footer);

    /// <summary>The columns, at the top level.</summary>
    public IReadOnlyList<ParquetColumn> Columns => footer.Columns;

    /// <summary>Reads what the file says of itself.</summary>
    /// <exception cref="UsageException">It is missing, or no sound parquet file.</exception>
    public static ParquetFile Open(string path) => Guarded(() => path, () =>
    {
        using var stream = File.OpenRead(DataFile.Existing(path, "check the name."));
        return new ParquetFile(path, ParquetFooter.Read(stream));
    });

    /// <summary>The rows in their order, each a value by column: text, number, flag, <c>byte[]</c>, or a list or dictionary of such; null and missing are the same.</summary>
    /// <param name="names">The columns to read, of which some may be missing; none = all.</param>
    /// <exception cref="UsageException">The file is damaged, or has fewer or more values than it claims.</exception>
    public IEnumerable<IReadOnlyDictionary<string, object>> Rows(params IReadOnlyList<string> names)
    {
        ParquetColumn[] columns = [.. Columns.Where(column => names.Count == 0 || names.Contains(column.Name))];
        var number = 1L;
        var here = () => FormattableString.Invariant($"{path}, row {number}");
        foreach (var group in footer.Groups)
        {
            using var rows = Guarded(here, () => new RowReader(path, columns, group));
            for (var end = number + group.Rows; number < end; number++) yield return Guarded(here, rows.Next);

            Guarded(here, rows.End);
        }
    }

    /// <summary>A whole number in a row; null where there is none.</summary>
    public static long? Integer(IReadOnlyDictionary<string, object> row, string column) => row.GetValueOrDefault(column) switch
    {
        long value => value,
        int value => value,
        _ => null,
    };

    /// <summary>The classes of a column of labels, as the hub's <c>datasets</c> library notes them (ClassLabel); null where it has not.</summary>
    public IReadOnlyList<string>? ClassNames(string column)
    {
        if (!footer.Notes.TryGetValue("huggingface", out var text)) return null;
        try
        {
            using var json = JsonDocument.Parse(text);
            return json.RootElement.Get("info")?.Get("features")?.Get(column)?.Get("names") is { ValueKind: JsonValueKind.Array } names ? (string[])[.. names.EnumerateArray().Select(name => name.GetString() ?? "")] : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new UsageException($"{path}, metadata 'huggingface': it is no JSON with the classes' names; get the file again.", error);
        }
    }

    /// <summary>The files of a split in their order: <c>train.parquet</c>, <c>train-00000-of-00003.parquet</c> or <c>train/0000.parquet</c>, in the folder or in its <c>data</c>; none where there are none.</summary>
    /// <param name="folder">A dataset's folder, which may be missing.</param>
    /// <param name="split">As the hub calls it: train, validation, test, …</param>
    /// <exception cref="MissingDataException">Some of the split's files are not there.</exception>
    public static IReadOnlyList<string> OfSplit(string folder, string split)
    {
        string[] files = [.. new[] { (folder, $"{split}.parquet"), (folder, $"{split}-*.parquet"), (Path.Combine(folder, "data"), $"{split}-*.parquet"), (Path.Combine(folder, split), "*.parquet") }
            .Select(place => Directory.Exists(place.Item1) ? Directory.GetFiles(place.Item1, place.Item2) : []).FirstOrDefault(found => found.Length > 0, []).Order(StringComparer.Ordinal)];
        // name-00000-of-00003 says how many there are.
        if (files is [var first, ..] && Path.GetFileNameWithoutExtension(first).Split('-') is [_, _, "of", var count, ..] && int.TryParse(count, out var all) && all != files.Length)
            throw new MissingDataException(FormattableString.Invariant($"{first}: it is one of {all} files, of which {files.Length} are there: get the others."));
        return files;
    }

    private static T Guarded<T>(Func<string> place, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (NotSupportedException error)
        {
            throw new UsageException($"{place()}: {error.Message}, which is not read here; write the file again as pyarrow does by itself (Snappy, dictionaries).", error);
        }
        catch (Exception error) when (error is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{place()}: it cannot be read as parquet ({error.Message.TrimEnd('.')}); get the file again.", error);
        }
    }
}
