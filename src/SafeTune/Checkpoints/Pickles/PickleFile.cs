using static TorchSharp.torch;

namespace SafeTune.Checkpoints.Pickles;

/// <summary>A file of torch.save open for reading: <c>pytorch_model.bin</c> and the like, in the zip format and in the one before 1.6.</summary>
/// <remarks>
/// The pickle in it is read by a machine that knows tensors and nothing else; a file that asks for any other name is refused. Of the object, the mapping from names
/// to tensors is taken: the object itself, or the one it has as <c>state_dict</c>, <c>model_state_dict</c> or <c>model</c>. Other values are ignored.
/// Tensors that are not contiguous are read with everything between their first and last element; a storage's checksum is checked in full before its first tensor is read.
/// </remarks>
public sealed class PickleFile : ITensorFile
{
    private static readonly string[] Nests = ["state_dict", "model_state_dict", "model"];

    private readonly BinaryFile file;
    private readonly Dictionary<string, PickledTensor> tensors;
    private readonly IReadOnlyDictionary<string, StoredBytes> storages;

    private PickleFile(BinaryFile file)
    {
        this.file = file;
        (var root, storages) = TorchZip.Is(Prefix(file)) ? TorchZip.Read(file) : LegacyTorchFile.Read(file);
        tensors = Tensors(root);
        foreach (var (name, tensor) in tensors) Check(name, tensor);
        Entries = tensors.ToDictionary(t => t.Key, t => new TensorEntry(t.Key, t.Value.Storage.Dtype, t.Value.Shape));
    }

    /// <inheritdoc/>
    public string Path => file.Path;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorEntry> Entries { get; }

    /// <summary>Opens a file, reads its pickle and checks every tensor's place.</summary>
    /// <exception cref="UsageException">The file is missing, unreadable or damaged, or asks for what no tensor needs; the sentence says for what.</exception>
    public static PickleFile Open(string path) => BinaryFile.Open(path, "a file of torch.save", file => new PickleFile(file));

    /// <inheritdoc/>
    public Tensor Read(string name, ScalarType? dtype = null, Device? device = null)
    {
        var tensor = tensors.TryGetValue(name, out var found) ? found : throw Checkpoint.NoTensor(this, name);
        if (IsContiguous(tensor)) return ReadFlat(tensor, tensor.Shape, dtype, device);

        using var span = ReadFlat(tensor, [Last(tensor) + 1], null, null);
        using var view = span.as_strided(tensor.Shape, tensor.Strides);
        return empty(tensor.Shape, dtype: dtype ?? tensor.Storage.Dtype, device: device ?? CPU).copy_(view);
    }

    /// <summary>Closes the file. Tensors read from it stay valid.</summary>
    public void Dispose() => file.Dispose();

    private static byte[] Prefix(BinaryFile file)
    {
        var prefix = new byte[Math.Min(file.Length, 4)];
        file.Fill(prefix, 0, "its first bytes");
        return prefix;
    }

    private Tensor ReadFlat(PickledTensor tensor, long[] shape, ScalarType? dtype, Device? device)
    {
        var storage = storages[tensor.Storage.Key];
        var first = tensor.Offset * SafeTensorsDtype.Bytes(tensor.Storage.Dtype);
        storage.Check();
        return TensorBytes.Read(shape, tensor.Storage.Dtype, dtype, device, (bytes, offset) => storage.Fill(bytes, first + offset));
    }

    private Dictionary<string, PickledTensor> Tensors(object? root)
    {
        var outer = root as PickleDictionary;
        foreach (var mapping in Nests.Select(name => outer?[name] as PickleDictionary).Append(outer))
        {
            Dictionary<string, PickledTensor> found = [];
            foreach (var (key, value) in mapping?.Items ?? [])
            {
                if (key is string name && value is PickledTensor tensor) found[name] = tensor;
            }
            if (found.Count > 0) return found;
        }
        throw new UsageException($"{Path} holds no mapping from names to tensors, neither itself nor as {string.Join(", ", Nests.Select(name => $"'{name}'"))}; save the model's state_dict().");
    }

    private void Check(string name, PickledTensor tensor)
    {
        var (storage, offset, shape, strides) = tensor;
        var elementBytes = SafeTensorsDtype.Bytes(storage.Dtype);
        if (storages[storage.Key].Length != (Int128)storage.Elements * elementBytes)
            throw Bad(name, $"has a storage of {storages[storage.Key].Length} bytes, expected {storage.Elements} elements of {elementBytes}");
        if (shape.Length != strides.Length || offset < 0 || shape.Any(size => size < 0) || strides.Any(stride => stride < 0))
            throw Bad(name, $"has the sizes {TensorEntry.Text(shape)}, strides {TensorEntry.Text(strides)} and offset {offset}, expected as many strides as sizes and none below 0");
        var bytes = TensorEntry.BytesOf(shape, elementBytes) ?? throw Bad(name, $"of shape {TensorEntry.Text(shape)} has more bytes than a 64-bit number can hold");
        if (bytes == 0) return;

        var last = offset + shape.Zip(strides).Aggregate((Int128)0, (sum, d) => sum + ((Int128)(d.First - 1) * d.Second));
        if (last >= storage.Elements)
            throw Bad(name, $"of shape {TensorEntry.Text(shape)}, strides {TensorEntry.Text(strides)} and offset {offset} leaves its storage of {storage.Elements} elements");
        // What expand() returns repeats its numbers, by strides of 0, as often as it likes.
        if (bytes / elementBytes > storage.Elements)
            throw Bad(name, $"of shape {TensorEntry.Text(shape)} repeats a storage of {storage.Elements} elements; call contiguous() on it before saving");
    }

    private UsageException Bad(string name, string what) => new($"{Path}: tensor '{name}' {what}.");

    private static bool IsContiguous(PickledTensor tensor)
    {
        if (tensor.Shape.Contains(0)) return true;
        var expected = 1L;
        for (var i = tensor.Shape.Length - 1; i >= 0; i--)
        {
            if (tensor.Shape[i] != 1 && tensor.Strides[i] != expected) return false;
            expected *= tensor.Shape[i];
        }
        return true;
    }

    // The last element's place, counted from the first's.
    private static long Last(PickledTensor tensor) => tensor.Shape.Zip(tensor.Strides).Sum(d => (d.First - 1) * d.Second);
}
