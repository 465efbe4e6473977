using SafeTune.Reproduction.World.Images.Classes;
using SafeTune.Reproduction.World.Images.Drawing;
using SafeTune.Reproduction.World.Images.Files;

namespace SafeTune.Reproduction.World.Images;

/// <summary>The made image sets: small enough for one core, in the official file formats, the same bytes each time.</summary>
public static class ImageWorld
{
    /// <summary>Images of a class of <c>pretraining-images/train</c>.</summary>
    public const int PretrainingImages = 150;

    private const int TrainRows = 800, TestRows = 300, ValidRows = 100, PretrainingTestImages = 4;

    private static readonly Look Usual = new(Size: (70, 95), Shift: 10, Turn: 15, Clutter: 4, Noise: 24);

    /// <summary>Writes the eight sets of the paper's table 5 and <c>pretraining-images</c>, each in its own folder.</summary>
    /// <param name="folder">The folder of all datasets; in none of the sets' folders may be anything else.</param>
    public static void Write(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        string Of(string name) => Directory.CreateDirectory(Path.Combine(folder, name)).FullName;

        var objects = new ImageSet("cifar10", Objects.All, Usual);
        CifarFiles.Write10(Of("cifar-10-batches-bin"), objects.Classes, objects.Draw("train", TrainRows), objects.Draw("test", TestRows));

        var shapes = new ImageSet("cifar100", [.. ShapeTextures.Used.Select(fine => ShapeTextures.All[fine])], Usual);
        CifarFiles.Write100(Of("cifar-100-binary"), shapes.Draw("train", TrainRows), shapes.Draw("test", TestRows));

        var clothes = new ImageSet("fashion_mnist", Clothes.All, Usual with { Pixels = (28, 28), Grey = true, Turn = 10 });
        IdxFiles.Write(Of("fashion-mnist"), clothes.Draw("train", TrainRows), clothes.Draw("test", TestRows));

        var pairs = new ImageSet("tiny_imagenet", Pairs.All, Usual with { Pixels = (64, 64) });
        TinyImageNetFiles.Write(Of("tiny-imagenet-200"), pairs.Classes, pairs.Draw("train", TrainRows), pairs.Draw("val", TestRows));

        var plates = new ImageSet("food101", Plates.All, Usual with { Pixels = (40, 40) });
        FoodFiles.Write(Of("food-101"), plates.Classes, plates.Draw("train", TrainRows), plates.Draw("test", TestRows));

        var flowers = new ImageSet("flowers102", Flowers.All, Usual with { Pixels = (40, 40) });
        FlowerFiles.Write(Of("flowers102"), flowers.Draw("train", TrainRows), flowers.Draw("valid", ValidRows), flowers.Draw("test", TestRows));

        var cars = new ImageSet("stanford_cars", Cars.All, Usual with { Pixels = (40, 40), Turn = 8 });
        CarFiles.Write(Of("stanford-cars"), cars.Classes, cars.Draw("train", TrainRows), cars.Draw("test", TestRows));

        var faint = new Look(Size: (55, 90), Shift: 20, Turn: 15, Clutter: 8, Noise: 45) { Pixels = (40, 40), Mirrored = 0, Contrast = 45 };
        var flags = new ImageSet("country211", Flags.All, faint);
        foreach (var (split, rows) in (ReadOnlySpan<(string, int)>)[("train", TrainRows), ("valid", ValidRows), ("test", TestRows)])
            FolderFiles.WriteJpeg(Path.Combine(Of("country211"), split), flags.Classes, flags.Draw(split, rows));

        // Glyphs are not mirrored, and no other class needs to be.
        var pretraining = new ImageSet("pretraining", OtherClasses.All, Usual with { Mirrored = 0 });
        string images = Of("pretraining-images");
        FolderFiles.WritePng(Path.Combine(images, "train"), pretraining.Classes, pretraining.Draw("train", PretrainingImages * OtherClasses.All.Count));
        FolderFiles.WritePng(Path.Combine(images, "test"), pretraining.Classes, pretraining.Draw("test", PretrainingTestImages * OtherClasses.All.Count));
    }
}
