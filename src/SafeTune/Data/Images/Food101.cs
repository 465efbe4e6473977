namespace SafeTune.Data;

/// <summary>Food-101 (Bossard et al. 2014) in its official files: images/apple_pie/1005649.jpg and so on, and the lists of meta/.</summary>
public static class Food101
{
    private const string HowToGet = "download food-101.tar.gz from https://data.vision.ee.ethz.ch/cvl/datasets_extra/food-101 and put it there, packed or unpacked.";

    /// <summary>Reads one split; the images stay in their files until a batch needs them.</summary>
    /// <param name="folder">With images/ and meta/ (classes.txt, labels.txt, train.txt, test.txt).</param>
    /// <param name="split">train or test: 75,750 and 25,250 images.</param>
    /// <exception cref="UsageException">A file is missing, or a line of it is not as expected.</exception>
    public static Dataset Load(string folder, string split)
    {
        ArgumentNullException.ThrowIfNull(folder);
        if (split is not ("train" or "test")) throw new UsageException($"food101 has no split '{split}'; its splits are: train, test.");
        var meta = Path.Combine(folder, "meta");
        var classes = DataFile.Lines(Path.Combine(meta, "classes.txt"), HowToGet);
        var names = DataFile.Lines(Path.Combine(meta, "labels.txt"), HowToGet);
        if (names.Length != classes.Length) throw new UsageException(FormattableString.Invariant($"{Path.Combine(meta, "labels.txt")}: expected {classes.Length} names, one for each line of classes.txt, found {names.Length}; {HowToGet}"));
        var images = DataFile.ExistingFolder(Path.Combine(folder, "images"), HowToGet);
        var list = Path.Combine(meta, $"{split}.txt");
        Example[] examples = [.. DataFile.Lines(list, HowToGet).Select((line, i) => line.Split('/') is [var name, { Length: > 0 } id] && Array.IndexOf(classes, name) is >= 0 and var label
            ? new StoredImageExample(new ImageFile(Path.Combine(images, name, id + ".jpg")), label)
            : throw new UsageException(FormattableString.Invariant($"{list}, line {i + 1}: expected one of the classes of classes.txt and an image, as in apple_pie/1005649; found '{line}'. Get the file again.")))];
        return new Dataset("food101", split, examples, names, SkippedRows: 0);
    }
}
