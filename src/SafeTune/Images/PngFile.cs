using System.Buffers.Binary;

namespace SafeTune.Images;

/// <summary>How the samples of a PNG mean colours.</summary>
internal enum PngColour
{
    Grey = 0,
    Rgb = 2,
    Palette = 3,
    GreyAlpha = 4,
    RgbAlpha = 6,
}

/// <summary>The chunks of a PNG file, checked: their checksums, order and sizes.</summary>
internal sealed class PngFile
{
    private static readonly byte[] Signature = [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10];
    private readonly string place;
    private readonly byte[] compressed;

    // The data are shorter than the file.
    private PngFile(string place, int length) => (this.place, compressed) = (place, new byte[length]);

    public int Height { get; private set; }

    public int Width { get; private set; }

    /// <summary>Bits of a sample: 1, 2, 4, 8 or 16.</summary>
    public int Depth { get; private set; }

    public PngColour Colour { get; private set; }

    public bool IsInterlaced { get; private set; }

    /// <summary>Red, green and blue of each entry; empty without a palette.</summary>
    public byte[] Palette { get; private set; } = [];

    /// <summary>Bytes of the compressed rows.</summary>
    public int CompressedLength { get; private set; }

    /// <summary>Samples of a pixel.</summary>
    public int Samples => Colour switch { PngColour.Rgb => 3, PngColour.GreyAlpha => 2, PngColour.RgbAlpha => 4, _ => 1 };

    /// <summary>The compressed rows.</summary>
    public MemoryStream Compressed() => new(compressed, 0, CompressedLength, writable: false);

    public static bool Recognises(ReadOnlySpan<byte> bytes) => bytes.StartsWith(Signature);

    /// <exception cref="UsageException">The file is broken.</exception>
    public static PngFile Read(ReadOnlySpan<byte> bytes, string place)
    {
        var file = new PngFile(place, bytes.Length);
        file.ReadChunks(bytes[Signature.Length..]);
        return file;
    }

    private void ReadChunks(ReadOnlySpan<byte> bytes)
    {
        const int around = 12;
        var (last, name) = ("", "");
        for (; name != "IEND"; last = name)
        {
            if (bytes.Length < around) throw Broken("it ends before its last chunk, IEND");
            var length = BinaryPrimitives.ReadUInt32BigEndian(bytes);
            name = Name(bytes.Slice(4, 4));
            if (length > bytes.Length - around) throw Broken($"the chunk {name} says it has {length} bytes, and the file ends {bytes.Length - around} bytes later");
            var content = bytes.Slice(8, (int)length);
            if (Crc32.Append(0, bytes.Slice(4, 4 + (int)length)) != BinaryPrimitives.ReadUInt32BigEndian(bytes[(8 + (int)length)..])) throw Broken($"the checksum of the chunk {name} is wrong");
            if ((name == "IHDR") != (last == "")) throw Broken("its first chunk, and no other, must be IHDR");
            Take(name, last, content);
            bytes = bytes[(around + (int)length)..];
        }

        if (CompressedLength == 0) throw Broken("it has no chunk IDAT");
    }

    private void Take(string name, string last, ReadOnlySpan<byte> content)
    {
        switch (name)
        {
            case "IHDR":
                TakeHeader(content);
                break;
            case "PLTE":
                if (Palette.Length > 0 || CompressedLength > 0 || content.Length is 0 or > 3 * 256 || content.Length % 3 != 0 || Colour is PngColour.Grey or PngColour.GreyAlpha)
                    throw Broken($"a palette of {content.Length} bytes is not expected there");
                Palette = content.ToArray();
                break;
            case "tRNS":
                CheckTransparency(content);
                break;
            case "IDAT":
                if (Colour == PngColour.Palette && Palette.Length == 0) throw Broken("its palette is missing");
                if (CompressedLength > 0 && last != name) throw Broken("its chunks IDAT do not follow each other");
                content.CopyTo(compressed.AsSpan(CompressedLength));
                CompressedLength += content.Length;
                break;
            case "IEND":
                break;
            // A capital letter means that a file cannot be shown without the chunk.
            case var unknown when char.IsAsciiLetterUpper(unknown[0]):
                throw Broken($"the chunk {unknown} is unknown");
        }
    }

    private void TakeHeader(ReadOnlySpan<byte> content)
    {
        const int size = 13;
        if (content.Length != size) throw Broken($"its header has {content.Length} bytes; expected {size}");
        var (width, height) = (BinaryPrimitives.ReadUInt32BigEndian(content), BinaryPrimitives.ReadUInt32BigEndian(content[4..]));
        ImageDecoder.CheckSize(place, height, width);
        (Height, Width, Depth, Colour, IsInterlaced) = ((int)height, (int)width, content[8], (PngColour)content[9], content[12] == 1);
        var isKnown = Colour switch
        {
            PngColour.Grey => Depth is 1 or 2 or 4 or 8 or 16,
            PngColour.Palette => Depth is 1 or 2 or 4 or 8,
            PngColour.Rgb or PngColour.GreyAlpha or PngColour.RgbAlpha => Depth is 8 or 16,
            _ => false,
        };
        if (!isKnown || content[10] != 0 || content[11] != 0 || content[12] > 1)
            throw Broken($"its header asks for depth {content[8]}, colour type {content[9]}, compression {content[10]}, filter {content[11]} and interlacing {content[12]}, which do not go together");
    }

    // What it says is dropped, as all transparency is.
    private void CheckTransparency(ReadOnlySpan<byte> content)
    {
        var fits = Colour switch
        {
            PngColour.Grey => content.Length == 2,
            PngColour.Rgb => content.Length == 6,
            PngColour.Palette => content.Length <= Palette.Length / 3,
            _ => false,
        };
        if (!fits || CompressedLength > 0) throw Broken($"transparency of {content.Length} bytes is not expected there");
    }

    private string Name(ReadOnlySpan<byte> letters)
    {
        foreach (var letter in letters)
            if (!char.IsAsciiLetter((char)letter)) throw Broken("a chunk's name is none");
        return System.Text.Encoding.ASCII.GetString(letters);
    }

    private UsageException Broken(string what) => ImageDecoder.Broken(place, "the PNG is broken: " + what);
}
