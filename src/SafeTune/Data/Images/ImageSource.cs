namespace SafeTune.Data;

/// <summary>Images with one class each: the hub's parquet files where they are, else the official ones.</summary>
/// <param name="Name">Also the folder of the parquet files.</param>
/// <param name="Evaluation">The split that results are quoted on.</param>
/// <param name="PublishedTrainRows">As in <see cref="DataSource"/>.</param>
/// <param name="Read">Reads a split of the official files below the folder of all datasets.</param>
internal sealed record ImageSource(string Name, string Evaluation, int PublishedTrainRows, Func<string, string, Dataset> Read) : DataSource(Name, [Evaluation], ["accuracy", "matthews"], PublishedTrainRows)
{
    /// <summary>The image sets that have a name.</summary>
    public static IReadOnlyList<ImageSource> All { get; } =
    [
        new("cifar10", "test", 50_000, Cifar10),
        new("cifar100", "test", 50_000, (folder, split) => CifarBinary.Load100(Folder(folder, "cifar-100-binary"), split)),
        new("mnist", "test", 60_000, (folder, split) => Idx.Load(Folder(folder, "mnist"), "mnist", split, Idx.MnistLabels)),
        new("fashion_mnist", "test", 60_000, (folder, split) => Idx.Load(Folder(folder, "fashion-mnist"), "fashion_mnist", split, Idx.FashionLabels)),
        new("tiny_imagenet", "val", 100_000, (folder, split) => TinyImageNet.Load(Folder(folder, "tiny-imagenet-200"), split)),
        new("flowers102", "test", 1020, (folder, split) => Flowers102.Load(Folder(folder, "flowers102"), split)) { Held = "valid" },
        new("food101", "test", 75_750, (folder, split) => Food101.Load(Folder(folder, "food-101"), split)),
        // One folder a country, by its ISO code (https://github.com/openai/CLIP/blob/main/data/country211.md).
        new("country211", "test", 31_650, (folder, split) => ImageFolder.Split(Folder(folder, "country211"), "country211", split)) { Held = "valid" },
        new("stanford_cars", "test", 8144, (folder, split) => StanfordCars.Load(Folder(folder, "stanford-cars"), split)),
        // What models of images are pre-trained on, one folder a class.
        new("pretraining-images", "test", 0, (folder, split) => ImageFolder.Split(Folder(folder, "pretraining-images"), "pretraining-images", split)),
    ];

    /// <summary>A split for validation beside the one that results are quoted on; null where there is none.</summary>
    public string? Held { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Splits => Held is null ? ["train", Evaluation] : ["train", Held, Evaluation];

    /// <inheritdoc/>
    public override Dataset Load(string folder, string split, bool skipBrokenRows) =>
        HubNames(split).Select(name => ParquetFile.OfSplit(Path.Combine(folder, Name), name)).FirstOrDefault(files => files.Count > 0) is { } files
            ? ImageParquet.Load(files, Name, split)
            : Read(folder, split);

    // On the hub the only split beside train is called validation as often as test (food101).
    private string[] HubNames(string split) => split == "train" ? ["train"] : split == Evaluation && Held is not null ? [split] : [split, "validation", "valid"];

    private static string Folder(string datasets, string name, params IReadOnlyList<string> archives) => ArchivedFolder.Find(Path.Combine(datasets, name), archives);

    // The official binary files, else one folder a class.
    private static Dataset Cifar10(string datasets, string split)
    {
        var binary = Folder(datasets, "cifar-10-batches-bin", "cifar-10-binary.tar.gz");
        return Directory.Exists(binary) ? CifarBinary.Load10(binary, split) : ImageFolder.Split(Folder(datasets, "cifar10"), "cifar10", split);
    }
}
