using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace SafeTune.Data;

/// <summary>One example to learn from or to score.</summary>
/// <param name="Label">The index of the class, or the score of a regression; NaN when there is none.</param>
public abstract record Example(double Label)
{
    /// <summary>Adds the content to a hash, so that equal contents give equal hashes.</summary>
    internal abstract void AppendTo(IncrementalHash hash);

    private protected static void Append(IncrementalHash hash, string? text)
    {
        if (text is null)
        {
            Append(hash, -1);
            return;
        }

        var bytes = Encoding.UTF8.GetBytes(text);
        Append(hash, bytes.Length);
        hash.AppendData(bytes);
    }

    private protected static void Append(IncrementalHash hash, double label) => Append(hash, BitConverter.DoubleToInt64Bits(double.IsNaN(label) ? double.NaN : label));

    private protected static void Append(IncrementalHash hash, long value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        hash.AppendData(bytes);
    }
}

/// <summary>A text or a pair of texts.</summary>
/// <param name="Text">The (first) text, as it stands in the file.</param>
/// <param name="Pair">The second text of a pair task, else null.</param>
/// <param name="Label">As in <see cref="Example"/>.</param>
public sealed record TextExample(string Text, string? Pair, double Label) : Example(Label)
{
    internal override void AppendTo(IncrementalHash hash)
    {
        Append(hash, Text);
        Append(hash, Pair);
        Append(hash, Label);
    }
}

/// <summary>A question about a passage.</summary>
/// <param name="Id">The question's name in its file; predictions go by it.</param>
/// <param name="Question">The question.</param>
/// <param name="Passage">The text that holds the answer.</param>
/// <param name="Answers">Acceptable answers, as they stand in the passage; the first one is learnt.</param>
/// <param name="AnswerStart">Where the first one begins, in code points of the passage.</param>
public sealed record QuestionExample(string Id, string Question, string Passage, IReadOnlyList<string> Answers, int AnswerStart) : Example(double.NaN)
{
    internal override void AppendTo(IncrementalHash hash)
    {
        Append(hash, Id);
        Append(hash, Question);
        Append(hash, Passage);
        foreach (var answer in Answers) Append(hash, answer);
        Append(hash, AnswerStart);
    }
}

/// <summary>A prompt and several good ways to go on from it: a text is generated and held against them.</summary>
/// <param name="Prompt">Read.</param>
/// <param name="References">At least one.</param>
public sealed record ReferencedPromptExample(string Prompt, IReadOnlyList<string> References) : Example(double.NaN)
{
    internal override void AppendTo(IncrementalHash hash)
    {
        Append(hash, Prompt);
        foreach (var reference in References) Append(hash, reference);
    }
}

/// <summary>A long text that is read in overlapping windows, every token of it predicted once.</summary>
/// <param name="Text">The text.</param>
/// <param name="Words">Words in it, as the data counts them: what a word-level perplexity is of.</param>
public sealed record PassageExample(string Text, int Words) : Example(double.NaN)
{
    internal override void AppendTo(IncrementalHash hash)
    {
        Append(hash, Text);
        Append(hash, Words);
    }
}

/// <summary>What a language model is given and what it is to go on with.</summary>
/// <param name="Prompt">Read, not learnt; may be empty.</param>
/// <param name="Completion">Learnt.</param>
public sealed record PromptExample(string Prompt, string Completion) : Example(double.NaN)
{
    internal override void AppendTo(IncrementalHash hash)
    {
        Append(hash, Prompt);
        Append(hash, Completion);
    }
}

/// <summary>A decoded image.</summary>
/// <param name="Height">Rows of pixels.</param>
/// <param name="Width">Columns of pixels.</param>
/// <param name="Pixels">Red, green and blue of each pixel, row by row: 3 · height · width bytes.</param>
/// <param name="Label">As in <see cref="Example"/>.</param>
public sealed record ImageExample(int Height, int Width, byte[] Pixels, double Label) : Example(Label)
{
    internal override void AppendTo(IncrementalHash hash)
    {
        Append(hash, Height);
        Append(hash, Width);
        hash.AppendData(Pixels);
        Append(hash, Label);
    }
}

/// <summary>An image that is read and decoded when a batch needs it.</summary>
/// <param name="Source">Where its JPEG or PNG bytes are.</param>
/// <param name="Label">As in <see cref="Example"/>.</param>
public sealed record StoredImageExample(IStoredImage Source, double Label) : Example(Label)
{
    internal override void AppendTo(IncrementalHash hash)
    {
        var bytes = Source.Read();
        Append(hash, bytes.Length);
        hash.AppendData(bytes);
        Append(hash, Label);
    }
}

/// <summary>The bytes of an image file, wherever they lie; may be read from several threads at once.</summary>
public interface IStoredImage
{
    /// <summary>File, and row or entry in it, for messages.</summary>
    string Place { get; }

    /// <summary>Reads the encoded image.</summary>
    /// <exception cref="UsageException">It cannot be read.</exception>
    byte[] Read();
}
