namespace SafeTune.Images;

/// <summary>Decodes JPEG and PNG files, told apart by their first bytes, whatever they are called.</summary>
/// <remarks>
/// Everything becomes RGB of eight bits, as Pillow's <c>convert("RGB")</c> makes it: transparency is dropped, 16 bits keep the upper 8, orientation tags are ignored.
/// Sizes are checked before anything is allocated.
/// </remarks>
public static class ImageDecoder
{
    private const int LongestSide = ushort.MaxValue;
    private const long MostPixels = 1L << 28;

    /// <summary>Decodes an image.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="place">File, and row or entry in it, for messages.</param>
    /// <param name="targetSide">
    /// Both sides of the result may be smaller than the file's, down to this many pixels: a JPEG is then decoded at the smallest fraction that is still large enough. Null = the full size.
    /// </param>
    /// <exception cref="UsageException">The image is broken, too large or of an unknown kind.</exception>
    public static RgbImage Decode(ReadOnlySpan<byte> bytes, string place, int? targetSide = null) =>
        Decode(bytes, place, targetSide, length => GC.AllocateUninitializedArray<byte>(length));

    /// <summary>Decodes into memory from elsewhere.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="place">For messages.</param>
    /// <param name="targetSide">As for everybody.</param>
    /// <param name="allocate">Returns an array of at least so many bytes, with anything in it.</param>
    internal static RgbImage Decode(ReadOnlySpan<byte> bytes, string place, int? targetSide, Func<int, byte[]> allocate) =>
        bytes is [0xFF, 0xD8, 0xFF, ..] ? SkiaImage.Decode(bytes, isJpeg: true, place, targetSide, allocate)
        : bytes is [0x89, (byte)'P', (byte)'N', (byte)'G', ..] ? SkiaImage.Decode(bytes, isJpeg: false, place, targetSide, allocate)
        : throw Broken(place, bytes.IsEmpty ? "it is empty" : "it is neither a JPEG nor a PNG, the kinds that are read");

    /// <summary>The error for a file that cannot be decoded.</summary>
    internal static UsageException Broken(string place, string what, Exception? inner = null) =>
        new($"{place}: the image cannot be read: {what}; get the file again, or leave it out.", inner);

    /// <summary>Refuses sizes that no image has.</summary>
    internal static void CheckSize(string place, long height, long width)
    {
        if (height < 1 || width < 1 || height > LongestSide || width > LongestSide || height * width > MostPixels)
            throw Broken(place, $"it says it has {height} × {width} pixels, and sides from 1 to {LongestSide} and {MostPixels} pixels in all are read");
    }

    /// <summary>Refuses sizes that the file is too short for, so that a few bytes cannot claim gigabytes.</summary>
    /// <param name="place">For messages.</param>
    /// <param name="claimed">What the file says it holds.</param>
    /// <param name="possible">The most that it can hold.</param>
    /// <param name="height">Rows of pixels, for messages.</param>
    /// <param name="width">Columns of pixels, for messages.</param>
    internal static void CheckLength(string place, long claimed, long possible, int height, int width)
    {
        if (claimed > possible) throw Broken(place, $"it says it has {height} × {width} pixels, and the file is too short for that");
    }
}
