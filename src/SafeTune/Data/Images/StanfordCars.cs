namespace SafeTune.Data;

/// <summary>Stanford Cars (Krause et al. 2013) in its official files: cars_train/, cars_test/ and the lists of devkit/.</summary>
public static class StanfordCars
{
    private const string HowToGet = "get cars_train.tgz, cars_test.tgz, car_devkit.tgz and cars_test_annos_withlabels.mat and put them there.";

    /// <summary>Reads one split; the images stay in their files until a batch needs them.</summary>
    /// <param name="folder">With cars_train/ and cars_test/ (or their .tgz), devkit/, and cars_test_annos_withlabels.mat there or in devkit.</param>
    /// <param name="split">train or test: 8,144 and 8,041 images.</param>
    /// <exception cref="UsageException">A file is missing or broken, or an image has no class.</exception>
    public static Dataset Load(string folder, string split)
    {
        ArgumentNullException.ThrowIfNull(folder);
        var (names, rows) = Labels(folder, split);
        var images = DataFile.ExistingFolder(ArchivedFolder.Find(Path.Combine(folder, $"cars_{split}")), HowToGet);
        return new Dataset("stanford_cars", split, [.. rows.Select(row => new StoredImageExample(new ImageFile(Path.Combine(images, row.Image)), row.Label))], names, SkippedRows: 0);
    }

    /// <summary>The classes, and the images of a split with theirs.</summary>
    internal static (string[] Names, (string Image, int Label)[] Rows) Labels(string folder, string split)
    {
        var devkit = ArchivedFolder.Find(Path.Combine(folder, "devkit"), "car_devkit.tgz");
        var list = split switch
        {
            "train" => Path.Combine(devkit, "cars_train_annos.mat"),
            // Published later than the devkit.
            "test" => new[] { devkit, folder }.Select(place => Path.Combine(place, "cars_test_annos_withlabels.mat")).FirstOrDefault(File.Exists, Path.Combine(folder, "cars_test_annos_withlabels.mat")),
            _ => throw new UsageException($"stanford_cars has no split '{split}'; its splits are: train, test."),
        };
        var names = Names(DataFile.Existing(Path.Combine(devkit, "cars_meta.mat"), HowToGet));
        var annotations = MatlabFile.Read(DataFile.Existing(list, HowToGet)).GetValueOrDefault("annotations") as MatlabStructs ?? throw MatlabFile.Lacks(list, "annotations", "structs");
        return (names, [.. annotations.Items.Select((row, i) => Row(FormattableString.Invariant($"{list}, annotation {i + 1}"), row, names.Length))]);
    }

    private static string[] Names(string path) =>
        MatlabFile.Read(path).GetValueOrDefault("class_names") is MatlabCells { Items.Count: > 0 } cells && cells.Items.All(item => item is MatlabText)
            ? [.. cells.Items.Select(item => ((MatlabText)item).Text)]
            : throw MatlabFile.Lacks(path, "class_names", "texts in cells");

    private static (string, int) Row(string place, IReadOnlyDictionary<string, MatlabValue> row, int classes)
    {
        if (row.GetValueOrDefault("fname") is not MatlabText { Text: { Length: > 0 } image } || Path.GetFileName(image) != image)
            throw new UsageException($"{place}: it has no file's name as 'fname'; {HowToGet}");
        return row.GetValueOrDefault("class") is MatlabNumbers { Values: [var label] } && label >= 1 && label <= classes && label == (int)label
            ? (image, (int)label - 1)
            : throw new UsageException(FormattableString.Invariant($"{place}: it has no 'class' from 1 to {classes}; {HowToGet}"));
    }
}
