using SafeTune.Images;
using SafeTune.Reproduction.World.Images.Classes;

namespace SafeTune.Reproduction.World.Images.Files;

/// <summary>Food-101's layout: a folder for each dish, and lists of the splits' images.</summary>
internal static class FoodFiles
{
    public static void Write(string folder, IReadOnlyList<ImageClass> classes, Drawn[] train, Drawn[] test)
    {
        string meta = Directory.CreateDirectory(Path.Combine(folder, "meta")).FullName;
        File.WriteAllLines(Path.Combine(meta, "classes.txt"), classes.Select(entry => entry.Name));
        File.WriteAllLines(Path.Combine(meta, "labels.txt"), classes.Select(entry => char.ToUpperInvariant(entry.Name[0]) + entry.Name[1..].Replace('_', ' ')));
        foreach (ImageClass entry in classes)
            Directory.CreateDirectory(Path.Combine(folder, "images", entry.Name));
        int first = 1;
        foreach (var (split, rows) in (ReadOnlySpan<(string, Drawn[])>)[("train", train), ("test", test)])
        {
            string[] names = [.. rows.Index().Select(entry => FormattableString.Invariant($"{classes[entry.Item.Class].Name}/{first + entry.Index}"))];
            File.WriteAllLines(Path.Combine(meta, $"{split}.txt"), names.Order(StringComparer.Ordinal));
            Together.Write(rows.Length, i => JpegFile.Write(Path.Combine(folder, "images", $"{names[i]}.jpg"), rows[i].Image));
            first += rows.Length;
        }
    }
}
