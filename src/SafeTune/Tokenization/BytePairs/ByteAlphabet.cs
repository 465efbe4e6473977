namespace SafeTune.Tokenization;

/// <summary>GPT-2's alphabet: every byte as one printable character, so that a vocabulary is a text file (bytes_to_unicode of Radford et al.'s encoder.py).</summary>
internal static class ByteAlphabet
{
    private static readonly char[] Characters = Make();
    private static readonly Dictionary<char, byte> Bytes = Characters.Index().ToDictionary(entry => entry.Item, entry => (byte)entry.Index);

    /// <summary>The blank's character, Ġ.</summary>
    public static char Blank => Characters[' '];

    public static char Of(byte value) => Characters[value];

    /// <summary>The byte of a character; false for one that is not of the alphabet.</summary>
    public static bool TryByte(char character, out byte value) => Bytes.TryGetValue(character, out value);

    // Printable bytes of Latin-1 stand for themselves, the others for the characters from U+0100 on.
    private static char[] Make()
    {
        var others = 0x100;
        return [.. Enumerable.Range(0, 256).Select(value => value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE ? (char)value : (char)others++)];
    }
}
