using SafeTune.Images;
using SafeTune.Reproduction.World.Images.Classes;

namespace SafeTune.Reproduction.World.Images.Files;

/// <summary>CIFAR's binary files: labels, then the red, the green and the blue plane, record after record.</summary>
internal static class CifarFiles
{
    private const int Batches = 5;

    public static void Write10(string folder, IReadOnlyList<ImageClass> classes, Drawn[] train, Drawn[] test)
    {
        File.WriteAllLines(Path.Combine(folder, "batches.meta.txt"), classes.Select(entry => entry.Name));
        foreach (var (i, batch) in train.Chunk((train.Length + Batches - 1) / Batches).Index())
            Write(Path.Combine(folder, FormattableString.Invariant($"data_batch_{i + 1}.bin")), batch, label => [(byte)label]);
        Write(Path.Combine(folder, "test_batch.bin"), test, label => [(byte)label]);
    }

    /// <summary>The images' classes count <see cref="ShapeTextures.Used"/>.</summary>
    public static void Write100(string folder, Drawn[] train, Drawn[] test)
    {
        static byte[] Labels(int used) => [(byte)ShapeTextures.CoarseOf(ShapeTextures.Used[used]), (byte)ShapeTextures.Used[used]];
        File.WriteAllLines(Path.Combine(folder, "fine_label_names.txt"), ShapeTextures.All.Select(entry => entry.Name));
        File.WriteAllLines(Path.Combine(folder, "coarse_label_names.txt"), ShapeTextures.Coarse);
        Write(Path.Combine(folder, "train.bin"), train, Labels);
        Write(Path.Combine(folder, "test.bin"), test, Labels);
    }

    private static void Write(string path, Drawn[] rows, Func<int, byte[]> labels)
    {
        using FileStream file = File.Create(path);
        foreach (var (image, label) in rows)
        {
            file.Write(labels(label));
            for (int channel = 0; channel < RgbImage.Channels; channel++)
                file.Write(Planes.Of(image, channel));
        }
    }
}
