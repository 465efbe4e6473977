using System.Buffers.Binary;
using System.IO.Compression;

namespace SafeTune.Data;

/// <summary>
/// MNIST (LeCun et al. 1998) and Fashion-MNIST (Xiao et al. 2017) in their idx files, plain or gzip: two zero bytes, 8 for unsigned bytes,
/// the number of dimensions, the dimensions as big-endian 32-bit numbers, the values (http://yann.lecun.com/exdb/mnist).
/// </summary>
public static class Idx
{
    private const string HowToGet = "download the file again.";

    // No deflate stream packs more than 1032 bytes into one.
    private const long MostPacked = 1032;

    /// <summary>The digits.</summary>
    public static IReadOnlyList<string> MnistLabels { get; } = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

    /// <summary>The articles, as https://github.com/zalandoresearch/fashion-mnist names them.</summary>
    public static IReadOnlyList<string> FashionLabels { get; } = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"];

    /// <summary>Reads one split; a grey image becomes one of equal red, green and blue.</summary>
    /// <param name="folder">With train-images-idx3-ubyte, train-labels-idx1-ubyte and the two of t10k, each as it is or with .gz.</param>
    /// <param name="name">The dataset's name.</param>
    /// <param name="split">train or test.</param>
    /// <param name="labels">The classes.</param>
    /// <exception cref="UsageException">A file is missing or broken, or images and labels differ in number.</exception>
    public static Dataset Load(string folder, string name, string split, IReadOnlyList<string> labels)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(labels);
        var prefix = split switch
        {
            "train" => "train",
            "test" => "t10k",
            _ => throw new UsageException($"{name} has no split '{split}'; its splits are: train, test."),
        };
        var imageFile = Find(folder, $"{prefix}-images-idx3-ubyte");
        var images = Read(imageFile, dimensions: 3);
        var classes = ReadLabels(Find(folder, $"{prefix}-labels-idx1-ubyte"), labels.Count);
        var (count, height, width) = (images.Shape[0], images.Shape[1], images.Shape[2]);
        return count == classes.Length
            ? new Dataset(name, split, new MadeExamples(count, i => Image(images.Values.AsSpan(i * height * width, height * width), height, width, classes[i])), labels, SkippedRows: 0)
            : throw new UsageException(FormattableString.Invariant($"{imageFile}: it holds {count} images, but there are {classes.Length} labels beside it: download both files again."));
    }

    /// <summary>Reads labels.</summary>
    /// <param name="path">An idx file of one dimension.</param>
    /// <param name="classes">Labels are below it.</param>
    /// <exception cref="UsageException">The file is missing or broken, or a label is no class.</exception>
    public static byte[] ReadLabels(string path, int classes)
    {
        var values = Read(path, dimensions: 1).Values;
        var wrong = Array.FindIndex(values, label => label >= classes);
        return wrong < 0 ? values : throw new UsageException(FormattableString.Invariant($"{path}, value {wrong + 1}: expected a label from 0 to {classes - 1}, found {values[wrong]}; {HowToGet}"));
    }

    private static string Find(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        return File.Exists(path) ? path : DataFile.Existing(path + ".gz", "download it there (with or without .gz).");
    }

    private static (int[] Shape, byte[] Values) Read(string path, int dimensions)
    {
        var file = DataFile.Bytes(path, HowToGet);
        var packed = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);
        try
        {
            using Stream stream = packed ? new GZipStream(new MemoryStream(file), CompressionMode.Decompress) : new MemoryStream(file);
            var header = new byte[4 + 4 * dimensions];
            if (stream.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) < header.Length || header is not [0, 0, 8, _, ..] || header[3] != dimensions)
                throw new UsageException(FormattableString.Invariant($"{path}, byte 0{Unpacked(packed)}: expected an idx file of bytes in {dimensions} dimension{(dimensions == 1 ? "" : "s")} (it begins with 0, 0, 8, {dimensions}); {HowToGet}"));
            uint[] shape = [.. Enumerable.Range(1, dimensions).Select(i => BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(4 * i)))];
            // Whatever the header says, no more is read or allocated than the file can hold.
            var most = Math.Min(Array.MaxLength, packed ? file.Length * MostPacked : file.Length - header.Length);
            var wanted = shape.Aggregate((UInt128)1, (product, size) => product * size);
            var values = wanted > 0 && wanted <= (UInt128)most ? new byte[(int)wanted] : throw Length(path, header.Length, shape, packed);
            return stream.ReadAtLeast(values, values.Length, throwOnEndOfStream: false) == values.Length && stream.ReadByte() < 0
                ? ([.. shape.Select(size => (int)size)], values)
                : throw Length(path, header.Length, shape, packed);
        }
        catch (InvalidDataException error)
        {
            throw new UsageException($"{path}: it is no sound gzip file ({error.Message.TrimEnd('.')}); {HowToGet}", error);
        }
    }

    private static UsageException Length(string path, int header, uint[] shape, bool packed) => new(FormattableString.Invariant(
        $"{path}, byte {header}{Unpacked(packed)}: expected {string.Join(" × ", shape)} values up to the file's end, as its header says, found another number; {HowToGet}"));

    private static string Unpacked(bool packed) => packed ? " once unpacked" : "";

    private static ImageExample Image(ReadOnlySpan<byte> grey, int height, int width, byte label)
    {
        var pixels = new byte[3 * grey.Length];
        for (var i = 0; i < grey.Length; i++)
            pixels.AsSpan(3 * i, 3).Fill(grey[i]);
        return new ImageExample(height, width, pixels, label);
    }
}
