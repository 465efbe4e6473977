namespace SafeTune.Data;

/// <summary>
/// CIFAR-10 and CIFAR-100 (Krizhevsky 2009) in the binary layout of https://www.cs.toronto.edu/~kriz/cifar.html: a record is one label
/// (CIFAR-100: the coarse one, then the fine one) and 32 × 32 bytes each of red, green and blue.
/// </summary>
public static class CifarBinary
{
    private const int Side = 32, Plane = Side * Side;

    /// <summary>Reads one split of CIFAR-10.</summary>
    /// <param name="folder">cifar-10-batches-bin, with data_batch_1.bin to data_batch_5.bin, test_batch.bin and batches.meta.txt.</param>
    /// <param name="split">train or test.</param>
    /// <exception cref="UsageException">A file is missing or not as described.</exception>
    public static Dataset Load10(string folder, string split) => Load(folder, split, new Layout(
        "cifar10", ["data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"], "test_batch.bin",
        "batches.meta.txt", Classes: 10, LabelBytes: 1, "get cifar-10-binary.tar.gz of https://www.cs.toronto.edu/~kriz/cifar.html and put it there, packed or unpacked."));

    /// <summary>Reads one split of CIFAR-100, with its 100 fine labels.</summary>
    /// <param name="folder">cifar-100-binary, with train.bin, test.bin and fine_label_names.txt.</param>
    /// <param name="split">train or test.</param>
    /// <exception cref="UsageException">A file is missing or not as described.</exception>
    public static Dataset Load100(string folder, string split) => Load(folder, split, new Layout(
        "cifar100", ["train.bin"], "test.bin", "fine_label_names.txt", Classes: 100, LabelBytes: 2, "get cifar-100-binary.tar.gz of https://www.cs.toronto.edu/~kriz/cifar.html and put it there, packed or unpacked."));

    private static Dataset Load(string folder, string split, Layout layout)
    {
        ArgumentNullException.ThrowIfNull(folder);
        string[] files = split switch
        {
            "train" => layout.Train,
            "test" => [layout.Test],
            _ => throw new UsageException($"{layout.Name} has no split '{split}'; its splits are: train, test."),
        };
        var names = DataFile.Lines(Path.Combine(folder, layout.Names), layout.HowToGet);
        if (names.Length != layout.Classes)
            throw new UsageException(FormattableString.Invariant($"{Path.Combine(folder, layout.Names)}: expected {layout.Classes} names of classes, a line each, found {names.Length}; {layout.HowToGet}"));
        byte[][] batches = [.. files.Select(file => Records(Path.Combine(folder, file), layout))];
        (byte[] Batch, int Start)[] records = [.. batches.SelectMany(batch => Enumerable.Range(0, batch.Length / layout.Record).Select(i => (batch, i * layout.Record)))];
        return new Dataset(layout.Name, split, new MadeExamples(records.Length, i => Image(records[i].Batch.AsSpan(records[i].Start, layout.Record), layout)), names, SkippedRows: 0);
    }

    private static byte[] Records(string path, Layout layout)
    {
        var bytes = DataFile.Bytes(path, layout.HowToGet);
        if (bytes.Length == 0 || bytes.Length % layout.Record != 0)
            throw new UsageException(FormattableString.Invariant($"{path}: expected whole records of {layout.Record} bytes, found {bytes.Length} bytes in all; {layout.HowToGet}"));
        for (var label = layout.LabelBytes - 1; label < bytes.Length; label += layout.Record)
        {
            if (bytes[label] >= layout.Classes)
                throw new UsageException(FormattableString.Invariant($"{path}, byte {label} (record {label / layout.Record + 1}): expected a label from 0 to {layout.Classes - 1}, found {bytes[label]}; {layout.HowToGet}"));
        }

        return bytes;
    }

    private static ImageExample Image(ReadOnlySpan<byte> record, Layout layout)
    {
        var planes = record[layout.LabelBytes..];
        var pixels = new byte[3 * Plane];
        for (var i = 0; i < Plane; i++)
            (pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2]) = (planes[i], planes[Plane + i], planes[2 * Plane + i]);
        return new ImageExample(Side, Side, pixels, record[layout.LabelBytes - 1]);
    }

    /// <summary>In what the two differ; the last label byte of a record is the one to learn.</summary>
    private sealed record Layout(string Name, string[] Train, string Test, string Names, int Classes, int LabelBytes, string HowToGet)
    {
        public int Record => LabelBytes + 3 * Plane;
    }
}
