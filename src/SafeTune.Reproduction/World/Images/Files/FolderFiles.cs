using SafeTune.Images;
using SafeTune.Reproduction.World.Images.Classes;

namespace SafeTune.Reproduction.World.Images.Files;

/// <summary>A folder for each class, with images in it.</summary>
internal static class FolderFiles
{
    public static void WriteJpeg(string folder, IReadOnlyList<ImageClass> classes, Drawn[] images) => Write(folder, classes, images, ".jpg", JpegFile.Write);

    public static void WritePng(string folder, IReadOnlyList<ImageClass> classes, Drawn[] images) => Write(folder, classes, images, ".png", PngFile.Write);

    private static void Write(string folder, IReadOnlyList<ImageClass> classes, Drawn[] images, string ending, Action<string, RgbImage> write)
    {
        foreach (ImageClass entry in classes)
            Directory.CreateDirectory(Path.Combine(folder, entry.Name));
        Together.Write(images.Length, i => write(Path.Combine(folder, classes[images[i].Class].Name, FormattableString.Invariant($"{i:D5}{ending}")), images[i].Image));
    }
}
