namespace SafeTune.Images;

/// <summary>Decodes image files by their first bytes: JPEG and PNG.</summary>
public static class ImageDecoder
{
    /// <summary>Decodes an image to 8-bit red, green and blue. Grey becomes three equal channels; transparency is left out, as Pillow's <c>convert("RGB")</c> does.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="place">Its name, for errors.</param>
    /// <param name="atLeast">Sides that suffice: a JPEG that is larger may be decoded at a fraction of its size that is no smaller. Null = full size.</param>
    /// <exception cref="UsageException">It is neither, or broken: names the place and what to do.</exception>
    public static Picture Decode(ReadOnlySpan<byte> file, string place, (int Height, int Width)? atLeast = null) =>
        file.StartsWith(PngFile.Signature) ? PngFile.Decode(file, place)
        : file.StartsWith(JpegFile.Signature) ? JpegFile.Decode(file, place, atLeast)
        : throw new UsageException($"{place}: it is no JPEG or PNG image, which are read here; convert it, or get it again.");
}
