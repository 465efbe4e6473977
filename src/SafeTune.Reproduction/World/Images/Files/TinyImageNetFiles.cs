using SafeTune.Images;
using SafeTune.Reproduction.World.Images.Classes;

namespace SafeTune.Reproduction.World.Images.Files;

/// <summary>Tiny ImageNet's layout: classes by numbers, boxes around what is seen, the validation images' classes in a file.</summary>
internal static class TinyImageNetFiles
{
    public static void Write(string folder, IReadOnlyList<ImageClass> classes, Drawn[] train, Drawn[] val)
    {
        string[] numbers = [.. classes.Index().Select(entry => FormattableString.Invariant($"n{entry.Index + 1:D8}"))];
        File.WriteAllLines(Path.Combine(folder, "wnids.txt"), numbers);
        File.WriteAllLines(Path.Combine(folder, "words.txt"), numbers.Zip(classes, (number, entry) => $"{number}\t{entry.Name}"));
        foreach (var (c, number) in numbers.Index())
        {
            string images = Directory.CreateDirectory(Path.Combine(folder, "train", number, "images")).FullName;
            RgbImage[] own = [.. train.Where(row => row.Class == c).Select(row => row.Image)];
            string[] names = [.. own.Index().Select(entry => FormattableString.Invariant($"{number}_{entry.Index}.JPEG"))];
            Together.Write(own.Length, i => JpegFile.Write(Path.Combine(images, names[i]), own[i]));
            File.WriteAllLines(Path.Combine(folder, "train", number, $"{number}_boxes.txt"), own.Zip(names, (image, name) => $"{name}\t{Box(image)}"));
        }
        string validation = Directory.CreateDirectory(Path.Combine(folder, "val", "images")).FullName;
        Together.Write(val.Length, i => JpegFile.Write(Path.Combine(validation, FormattableString.Invariant($"val_{i}.JPEG")), val[i].Image));
        File.WriteAllLines(Path.Combine(folder, "val", "val_annotations.txt"),
            val.Index().Select(entry => FormattableString.Invariant($"val_{entry.Index}.JPEG\t{numbers[entry.Item.Class]}\t{Box(entry.Item.Image)}")));
    }

    // The whole image: where the figure lies in it is not told.
    private static string Box(RgbImage image) => FormattableString.Invariant($"0\t0\t{image.Width - 1}\t{image.Height - 1}");
}
