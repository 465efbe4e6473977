using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;

namespace SafeTune.Checkpoints.Pickles;

/// <summary>
/// What torch.save wrote before 1.6, and still writes with <c>_use_new_zipfile_serialization=False</c>: five pickles (magic number, protocol version,
/// system, the object, the keys of its storages), then each storage as its number of elements (8 bytes) and the elements.
/// </summary>
/// <remarks>Reference: _legacy_load in torch/serialization.py. The format has no checksums.</remarks>
internal static class LegacyTorchFile
{
    private const long Version = 1001;

    private static readonly BigInteger Magic = BigInteger.Parse("1950a86a20f9469cfc6c", NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    // LONG1 with 10 bytes; before it stand the protocol, and a frame from protocol 4 on.
    private static ReadOnlySpan<byte> PickledMagic => [0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19];

    /// <summary>Whether a file that begins so is one.</summary>
    public static bool Is(ReadOnlySpan<byte> prefix) => prefix is [0x80, ..] && prefix.IndexOf(PickledMagic) is > 0 and < 16;

    /// <summary>Reads the object and says where its storages are.</summary>
    /// <exception cref="UsageException">The file is damaged.</exception>
    public static (object? Root, IReadOnlyDictionary<string, StoredBytes> Storages) Read(BinaryFile file)
    {
        PickleReader reader = new(file, 0, file.Length);
        Unpickler unpickler = new(reader);
        if (unpickler.Load() is not BigInteger magic || magic != Magic) throw Bad(file, "its magic number is another");
        if (unpickler.Load() is not Version) throw Bad(file, $"its protocol version is not {Version}");
        if (unpickler.Load() is PickleDictionary system && system["little_endian"] is false)
            throw new UsageException($"{file.Path} was written on a big-endian machine; load it there and save it as safetensors.");
        var root = unpickler.Load();
        if (unpickler.Load() is not List<object?> keys) throw Bad(file, "it does not list its storages");
        return (root, Storages(file, unpickler.Storages, keys, reader.Position));
    }

    private static UsageException Bad(BinaryFile file, string what) => new($"{file.Path} is not a valid file of torch.save's old format: {what}.");

    private static Dictionary<string, StoredBytes> Storages(BinaryFile file, IReadOnlyDictionary<string, PickledStorage> named, List<object?> keys, long position)
    {
        Dictionary<string, StoredBytes> found = [];
        var prefix = new byte[8];
        foreach (var item in keys)
        {
            if (item is not string key || !named.TryGetValue(key, out var storage)) throw Bad(file, "it lists a storage that no tensor has");
            file.Fill(prefix, position, $"storage '{key}'");
            position += prefix.Length;
            var elements = BinaryPrimitives.ReadInt64LittleEndian(prefix);
            if (elements != storage.Elements) throw Bad(file, $"its storage '{key}' has {elements} elements, but its pickle claims {storage.Elements}");
            var bytes = (Int128)elements * SafeTensorsDtype.Bytes(storage.Dtype);
            if (bytes < 0 || bytes > file.Length - position) throw Bad(file, $"its storage '{key}' of {elements} elements does not fit the file (it is truncated: download or export it again)");
            if (!found.TryAdd(key, new(file, $"storage '{key}'", position, (long)bytes, null))) throw Bad(file, $"it lists the storage '{key}' twice");
            position += (long)bytes;
        }
        return named.Keys.FirstOrDefault(key => !found.ContainsKey(key)) is { } missing ? throw Bad(file, $"it has no storage '{missing}', which its pickle refers to") : found;
    }
}
