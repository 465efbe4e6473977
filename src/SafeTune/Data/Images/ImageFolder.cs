namespace SafeTune.Data;

/// <summary>Images in one folder a class, as torchvision's ImageFolder and many downloads have them.</summary>
public static class ImageFolder
{
    private static readonly string[] Endings = [".jpg", ".jpeg", ".png"];

    /// <summary>Lists the images; each is read when a batch needs it.</summary>
    /// <param name="folder">Its folders are the classes, in the order of their names.</param>
    /// <exception cref="UsageException">The folder is missing, or has no class with images in it.</exception>
    public static Dataset Load(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        if (!Directory.Exists(folder)) throw new MissingDataException($"There is no folder '{Path.GetFullPath(folder)}' with images, one folder a class: put the dataset there.");
        var classes = Classes(folder);
        Example[] examples = [.. classes.Index().SelectMany(entry => Images(Path.Combine(folder, entry.Item)).Select(path => new StoredImageExample(new ImageFile(path), entry.Index)))];
        return examples.Length > 0
            ? new Dataset(Path.GetFileName(Path.GetFullPath(folder)), "train", examples, classes, SkippedRows: 0)
            : throw new UsageException($"{folder}: no folder in it holds images ({string.Join(", ", Endings)}); expected one folder a class.");
    }

    /// <summary>One split of several, each a folder of classes: those of <c>train</c>, where it is there.</summary>
    /// <param name="folder">With a folder a split.</param>
    /// <param name="name">The dataset's name.</param>
    /// <param name="split">The split.</param>
    /// <exception cref="UsageException">The folder is missing, has no class with images in it, or one that <c>train</c> has not.</exception>
    internal static Dataset Split(string folder, string name, string split)
    {
        var (data, train) = (Load(Path.Combine(folder, split)) with { Name = name, Split = split }, Path.Combine(folder, "train"));
        if (split == "train" || !Directory.Exists(train) || Classes(train) is var classes && classes.SequenceEqual(data.LabelNames!)) return data;
        if (data.LabelNames!.Except(classes).FirstOrDefault() is { } other) throw new UsageException($"{Path.Combine(folder, split)}: there is a class '{other}', which {train} has not; expected the same classes in both.");
        // A class without images here: numbered as in the training set all the same.
        int[] labels = [.. data.LabelNames!.Select(label => Array.IndexOf(classes, label))];
        return data with { LabelNames = classes, Examples = [.. data.Examples.Select(example => example with { Label = labels[(int)example.Label] })] };
    }

    private static string[] Classes(string folder) => [.. Directory.EnumerateDirectories(folder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    /// <summary>The image files of a folder and those below it, by name.</summary>
    internal static IEnumerable<string> Images(string folder) => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
        .Where(path => Endings.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase)).Order(StringComparer.Ordinal);
}

/// <summary>An image in a file of its own.</summary>
/// <param name="path">The file.</param>
internal sealed class ImageFile(string path) : IStoredImage
{
    public string Place => path;

    public byte[] Read()
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{path}: it cannot be read ({error.Message.TrimEnd('.')}).", error);
        }
    }
}
