namespace SafeTune.Data;

/// <summary>Oxford 102 Flowers (Nilsback and Zisserman 2008) in its official files: jpg/image_00001.jpg and so on, imagelabels.mat, setid.mat.</summary>
public static class Flowers102
{
    private const string HowToGet = "download it from https://www.robots.ox.ac.uk/~vgg/data/flowers/102 and put it there.";
    private static readonly Dictionary<string, string> Ids = new() { ["train"] = "trnid", ["valid"] = "valid", ["test"] = "tstid" };

    /// <summary>The flowers, in the order of their labels, as the dataset's page shows them.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "pink primrose", "hard-leaved pocket orchid", "canterbury bells", "sweet pea", "english marigold", "tiger lily", "moon orchid", "bird of paradise", "monkshood",
        "globe thistle", "snapdragon", "colt's foot", "king protea", "spear thistle", "yellow iris", "globe-flower", "purple coneflower", "peruvian lily", "balloon flower",
        "giant white arum lily", "fire lily", "pincushion flower", "fritillary", "red ginger", "grape hyacinth", "corn poppy", "prince of wales feathers", "stemless gentian",
        "artichoke", "sweet william", "carnation", "garden phlox", "love in the mist", "mexican aster", "alpine sea holly", "ruby-lipped cattleya", "cape flower",
        "great masterwort", "siam tulip", "lenten rose", "barbeton daisy", "daffodil", "sword lily", "poinsettia", "bolero deep blue", "wallflower", "marigold", "buttercup",
        "oxeye daisy", "common dandelion", "petunia", "wild pansy", "primula", "sunflower", "pelargonium", "bishop of llandaff", "gaura", "geranium", "orange dahlia",
        "pink-yellow dahlia", "cautleya spicata", "japanese anemone", "black-eyed susan", "silverbush", "californian poppy", "osteospermum", "spring crocus", "bearded iris",
        "windflower", "tree poppy", "gazania", "azalea", "water lily", "rose", "thorn apple", "morning glory", "passion flower", "lotus", "toad lily", "anthurium",
        "frangipani", "clematis", "hibiscus", "columbine", "desert-rose", "tree mallow", "magnolia", "cyclamen", "watercress", "canna lily", "hippeastrum", "bee balm",
        "ball moss", "foxglove", "bougainvillea", "camellia", "mallow", "mexican petunia", "bromelia", "blanket flower", "trumpet creeper", "blackberry lily",
    ];

    /// <summary>Reads one split; the images stay in their files until a batch needs them.</summary>
    /// <param name="folder">With imagelabels.mat, setid.mat and jpg/ (or 102flowers.tgz).</param>
    /// <param name="split">train, valid or test: 1,020, 1,020 and 6,149 images.</param>
    /// <exception cref="UsageException">A file is missing or broken, or an image has no label.</exception>
    public static Dataset Load(string folder, string split)
    {
        ArgumentNullException.ThrowIfNull(folder);
        var rows = Labels(folder, split);
        var images = DataFile.ExistingFolder(ArchivedFolder.Find(Path.Combine(folder, "jpg"), "102flowers.tgz"), HowToGet);
        return new Dataset("flowers102", split, [.. rows.Select(row => new StoredImageExample(new ImageFile(Path.Combine(images, FormattableString.Invariant($"image_{row.Image:00000}.jpg"))), row.Label))], Names, SkippedRows: 0);
    }

    /// <summary>The images of a split by number, and their classes.</summary>
    internal static (int Image, int Label)[] Labels(string folder, string split)
    {
        if (!Ids.TryGetValue(split, out var variable)) throw new UsageException($"flowers102 has no split '{split}'; its splits are: {string.Join(", ", Ids.Keys)}.");
        var (labelFile, splitFile) = (DataFile.Existing(Path.Combine(folder, "imagelabels.mat"), HowToGet), DataFile.Existing(Path.Combine(folder, "setid.mat"), HowToGet));
        var labels = MatlabFile.Integers(labelFile, MatlabFile.Read(labelFile), "labels");
        if (Array.FindIndex(labels, label => label < 1 || label > Names.Count) is >= 0 and var wrong)
            throw new UsageException(FormattableString.Invariant($"{labelFile}: label {wrong + 1} is {labels[wrong]}, expected 1 to {Names.Count}; {HowToGet}"));
        return [.. MatlabFile.Integers(splitFile, MatlabFile.Read(splitFile), variable).Select(image => image >= 1 && image <= labels.Length
            ? (image, labels[image - 1] - 1)
            : throw new UsageException(FormattableString.Invariant($"{splitFile}: '{variable}' names the image {image}, and imagelabels.mat has labels for 1 to {labels.Length}; {HowToGet}")))];
    }
}
