namespace SafeTune.Data;

/// <summary>Tiny ImageNet in its official layout (Le and Yang 2015): 64 × 64 JPEGs, classes by WordNet's numbers.</summary>
public static class TinyImageNet
{
    private const string HowToGet = "download tiny-imagenet-200.zip from http://cs231n.stanford.edu and put it there, packed or unpacked.";

    /// <summary>Reads one split; the images stay in their files until a batch needs them.</summary>
    /// <param name="folder">With wnids.txt, words.txt, train/ and val/.</param>
    /// <param name="split">train or val.</param>
    /// <exception cref="UsageException">A file is missing, or a line of it is not as expected.</exception>
    public static Dataset Load(string folder, string split)
    {
        ArgumentNullException.ThrowIfNull(folder);
        var classes = Lines(folder, "wnids.txt");
        var images = split switch
        {
            "train" => Train(folder, classes),
            "val" => Validation(folder, classes),
            _ => throw new UsageException($"tiny_imagenet has no split '{split}'; its splits are: train, val."),
        };
        var names = Lines(folder, "words.txt").Select(line => line.Split('\t')).Where(fields => fields.Length == 2).DistinctBy(fields => fields[0]).ToDictionary(fields => fields[0], fields => fields[1].Split(',')[0]);
        return new Dataset("tiny_imagenet", split, images, [.. classes.Select(wnid => names.GetValueOrDefault(wnid, wnid))], SkippedRows: 0);
    }

    private static Example[] Train(string folder, string[] classes) =>
        [.. classes.Index().SelectMany(entry => ImageFolder.Images(Existing(Path.Combine(folder, "train", entry.Item))).Select(path => new StoredImageExample(new ImageFile(path), entry.Index)))];

    private static Example[] Validation(string folder, string[] classes)
    {
        const string annotations = "val/val_annotations.txt";
        var images = Existing(Path.Combine(folder, "val", "images"));
        return [.. Lines(folder, annotations).Select((line, i) =>
        {
            var fields = line.Split('\t');
            var label = fields.Length >= 2 ? Array.IndexOf(classes, fields[1]) : -1;
            return label >= 0
                ? new StoredImageExample(new ImageFile(Path.Combine(images, Path.GetFileName(fields[0]))), label)
                : throw new UsageException($"{Path.Combine(folder, annotations)}, line {i + 1}: expected an image and one of the classes of wnids.txt, parted by tabs; found '{line}'. {char.ToUpperInvariant(HowToGet[0])}{HowToGet[1..]}");
        })];
    }

    private static string[] Lines(string folder, string name) => DataFile.Lines(Path.Combine(folder, name), HowToGet);

    private static string Existing(string folder) => DataFile.ExistingFolder(folder, HowToGet);
}
