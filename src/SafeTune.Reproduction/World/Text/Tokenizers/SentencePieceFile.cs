using System.Buffers.Binary;
using System.Text;

namespace SafeTune.Reproduction.World.Text.Tokenizers;

/// <summary>A tokenizer.model: sentencepiece's ModelProto of a BPE with byte fallback, as LLaMA has it, written field by field.</summary>
internal static class SentencePieceFile
{
    /// <summary>Stands for a blank in pieces.</summary>
    public const char Blank = '▁';

    private const int Normal = 1, Unknown = 2, Control = 3, Bytes = 6;

    /// <summary>Trains on words with their counts, their blanks replaced by <see cref="Blank"/>, and writes.</summary>
    public static void Write(string folder, IReadOnlyDictionary<string, int> words, int most, int least)
    {
        List<(string Left, string Right)> merges = BpeTrainer.Train(words, most, least);
        // The letters come last and score lowest, as sentencepiece's trainer has it.
        IEnumerable<string> letters = words.Keys.SelectMany(word => word).Where(letter => letter >= '!').Distinct().Order().Select(letter => letter.ToString());
        string[] pieces = [.. merges.Select(merge => merge.Left + merge.Right).Concat(letters).Distinct()];
        AtomicFile.Write(Path.Combine(folder, "tokenizer.model"), file =>
        {
            WritePiece(file, "<unk>", 0, Unknown);
            WritePiece(file, "<s>", 0, Control);
            WritePiece(file, "</s>", 0, Control);
            for (int value = 0; value < 256; value++) WritePiece(file, FormattableString.Invariant($"<0x{value:X2}>"), 0, Bytes);
            for (int rank = 0; rank < pieces.Length; rank++) WritePiece(file, pieces[rank], -rank, Normal);
            WriteMessage(file, 2, WriteTrainer);
            WriteMessage(file, 3, WriteNormalizer);
        });
    }

    // Field numbers: sentencepiece_model.proto.
    private static void WritePiece(Stream file, string text, float score, int kind) => WriteMessage(file, 1, piece =>
    {
        WriteBytes(piece, 1, Encoding.UTF8.GetBytes(text));
        WriteSingle(piece, 2, score);
        if (kind != Normal) WriteNumber(piece, 3, kind);
    });

    // A BPE (2) with byte fallback; ids of <unk>, <s> and </s>, and no padding.
    private static void WriteTrainer(Stream message)
    {
        foreach ((int field, long value) in new[] { (3, 2L), (35, 1L), (40, 0L), (41, 1L), (42, 2L), (43, -1L) }) WriteNumber(message, field, value);
    }

    // Text as it is, with a blank before it.
    private static void WriteNormalizer(Stream message)
    {
        WriteBytes(message, 1, Encoding.UTF8.GetBytes("identity"));
        foreach ((int field, long value) in new[] { (3, 1L), (4, 0L), (5, 1L) }) WriteNumber(message, field, value);
    }

    private static void WriteMessage(Stream file, int field, Action<Stream> write)
    {
        using MemoryStream message = new();
        write(message);
        WriteBytes(file, field, message.ToArray());
    }

    private static void WriteBytes(Stream file, int field, byte[] content)
    {
        WriteVarint(file, ((ulong)field << 3) | 2);
        WriteVarint(file, (ulong)content.Length);
        file.Write(content);
    }

    private static void WriteNumber(Stream file, int field, long value)
    {
        WriteVarint(file, (ulong)field << 3);
        WriteVarint(file, (ulong)value);
    }

    private static void WriteSingle(Stream file, int field, float value)
    {
        WriteVarint(file, ((ulong)field << 3) | 5);
        Span<byte> bytes = stackalloc byte[sizeof(float)];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        file.Write(bytes);
    }

    private static void WriteVarint(Stream file, ulong value)
    {
        for (; value >= 0x80; value >>= 7) file.WriteByte((byte)(value | 0x80));
        file.WriteByte((byte)value);
    }
}
