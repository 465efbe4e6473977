using System.Buffers.Binary;
using System.Text;

namespace SafeTune.Checkpoints.Pickles;

/// <summary>The zip that torch.save writes since 1.6: <c>name/data.pkl</c> and one stored entry <c>name/data/key</c> a storage.</summary>
/// <remarks>
/// Layout: PKWARE's APPNOTE 6.3. Entries are stored, never compressed, so no byte of the file can become many. Places and sizes are checked against
/// the file and each other when it is opened, checksums when an entry is first used.
/// </remarks>
internal static class TorchZip
{
    private const long MaxDirectoryBytes = 100_000_000;

    private const int EndBytes = 22, LocatorBytes = 20, End64Bytes = 56, EntryBytes = 46, LocalBytes = 30;

    private static ReadOnlySpan<byte> LocalSignature => "PK\x03\x04"u8;

    /// <summary>Whether a file that begins so is one.</summary>
    public static bool Is(ReadOnlySpan<byte> prefix) => prefix.StartsWith(LocalSignature);

    /// <summary>Reads the pickle and says where its storages are.</summary>
    /// <exception cref="UsageException">The zip is damaged or not one of torch.save.</exception>
    public static (object? Root, IReadOnlyDictionary<string, StoredBytes> Storages) Read(BinaryFile file)
    {
        var entries = Entries(file);
        string[] pickles = [.. entries.Keys.Where(name => name.EndsWith("/data.pkl", StringComparison.Ordinal) && name.IndexOf('/', StringComparison.Ordinal) == name.Length - "/data.pkl".Length)];
        if (pickles is not [var pickle]) throw Bad(file, $"it has {pickles.Length} entries named */data.pkl, expected one; is it a file of torch.save?");
        var folder = pickle[..^"data.pkl".Length];
        if (entries.ContainsKey(folder + "constants.pkl"))
            throw new UsageException($"{file.Path} is a TorchScript program, not a checkpoint; save the model's state_dict() with torch.save instead.");
        if (entries.TryGetValue(folder + "byteorder", out var order) && (order.Length > 16 || Encoding.ASCII.GetString(order.ToArray()) != "little"))
            throw new UsageException($"{file.Path} was written on a big-endian machine; load it there and save it as safetensors.");

        var stored = entries[pickle];
        stored.Check();
        Unpickler unpickler = new(new(file, stored.Position, stored.Position + stored.Length));
        var root = unpickler.Load();
        return (root, unpickler.Storages.Keys.ToDictionary(key => key, key => entries.GetValueOrDefault($"{folder}data/{key}")
            ?? throw Bad(file, $"it has no entry '{folder}data/{key}', which its pickle refers to")));
    }

    private static UsageException Bad(BinaryFile file, string what) => new($"{file.Path} is not a valid zip of torch.save: {what}.");

    private static Dictionary<string, StoredBytes> Entries(BinaryFile file)
    {
        var (count, begin, bytes) = Directory(file);
        var directory = new byte[bytes];
        file.Fill(directory, begin, "the zip's directory");

        List<(long Begin, string Name, StoredBytes Bytes)> found = [];
        var rest = directory.AsSpan();
        while (rest.Length > 0)
        {
            if (rest.Length < EntryBytes || !rest.StartsWith("PK\x01\x02"u8)) throw Bad(file, $"entry {found.Count + 1} of its directory is damaged");
            var (name, extra, comment) = (UInt16(rest, 28), UInt16(rest, 30), UInt16(rest, 32));
            var length = EntryBytes + name + extra + comment;
            if (rest.Length < length) throw Bad(file, $"entry {found.Count + 1} of its directory is cut off");
            found.Add(Entry(file, rest[..length], begin));
            rest = rest[length..];
        }
        if ((ulong)found.Count != count) throw Bad(file, $"its directory has {found.Count} entries, but claims {count}");

        found.Sort((a, b) => a.Begin.CompareTo(b.Begin));
        foreach (var (before, after) in found.Zip(found.Skip(1)))
        {
            if (before.Bytes.Position + before.Bytes.Length > after.Begin) throw Bad(file, $"its entries '{before.Name}' and '{after.Name}' overlap");
        }
        Dictionary<string, StoredBytes> entries = [];
        foreach (var (_, name, stored) in found)
        {
            if (!entries.TryAdd(name, stored)) throw Bad(file, $"it has two entries '{name}'");
        }
        return entries;
    }

    // The end record is the last thing in the file but for a comment of at most 65,535 bytes.
    private static (ulong Count, long Begin, long Bytes) Directory(BinaryFile file)
    {
        var tail = new byte[Math.Min(file.Length, EndBytes + ushort.MaxValue + LocatorBytes)];
        file.Fill(tail, file.Length - tail.Length, "the zip's end");
        var at = tail.Length - EndBytes;
        while (at >= 0 && !(tail.AsSpan(at).StartsWith("PK\x05\x06"u8) && at + EndBytes + UInt16(tail, at + 20) == tail.Length)) at--;
        if (at < 0) throw Bad(file, "its end is missing (it is truncated: download or export it again)");

        var (count, bytes, begin) = ((ulong)UInt16(tail, at + 10), (ulong)UInt32(tail, at + 12), (ulong)UInt32(tail, at + 16));
        var end = (ulong)(file.Length - tail.Length + at);
        if (at >= LocatorBytes && tail.AsSpan(at - LocatorBytes).StartsWith("PK\x06\x07"u8))
        {
            var position = UInt64(tail, at - LocatorBytes + 8);
            if (end < LocatorBytes + End64Bytes || position > end - LocatorBytes - End64Bytes) throw Bad(file, "its 64-bit end record lies outside the file");
            var end64 = new byte[End64Bytes];
            file.Fill(end64, (long)position, "the zip's 64-bit end record");
            if (!end64.AsSpan().StartsWith("PK\x06\x06"u8)) throw Bad(file, "its 64-bit end record is damaged");
            (count, bytes, begin, end) = (UInt64(end64, 32), UInt64(end64, 40), UInt64(end64, 48), position);
        }
        if (begin > end || bytes > end - begin) throw Bad(file, "its directory lies outside the file (it is truncated: download or export it again)");
        if (bytes > MaxDirectoryBytes) throw Bad(file, $"its directory has {bytes} bytes, expected at most {MaxDirectoryBytes}");
        return (count, (long)begin, (long)bytes);
    }

    private static (long Begin, string Name, StoredBytes Bytes) Entry(BinaryFile file, ReadOnlySpan<byte> entry, long directory)
    {
        var (flags, method, crc) = (UInt16(entry, 8), UInt16(entry, 10), UInt32(entry, 16));
        var name = Encoding.UTF8.GetString(entry.Slice(EntryBytes, UInt16(entry, 28)));
        if ((flags & 1) != 0) throw Bad(file, $"its entry '{name}' is encrypted");
        if (method != 0) throw Bad(file, $"its entry '{name}' is compressed, and torch.save stores its entries as they are; unpack the zip and save the tensors again");
        var (length, packed, begin) = Places(file, entry, name);
        if (length != packed) throw Bad(file, $"its stored entry '{name}' claims {packed} bytes that become {length}");

        var end = (ulong)directory;
        if (end < LocalBytes || begin > end - LocalBytes) throw Bad(file, $"its entry '{name}' lies outside the file");
        var local = new byte[LocalBytes];
        file.Fill(local, (long)begin, $"the zip's entry '{name}'");
        if (!local.AsSpan().StartsWith(LocalSignature)) throw Bad(file, $"its entry '{name}' does not begin where the directory says");
        var data = begin + LocalBytes + UInt16(local, 26) + UInt16(local, 28);
        if (data > end || length > end - data) throw Bad(file, $"its entry '{name}' of {length} bytes does not fit the file");
        return ((long)begin, name, new(file, $"the zip's entry '{name}'", (long)data, (long)length, crc));
    }

    // Values that do not fit 32 bits are all ones, and follow as 64 bits in the extra field 1, in this order.
    private static (ulong Length, ulong Packed, ulong Begin) Places(BinaryFile file, ReadOnlySpan<byte> entry, string name)
    {
        var wide = Extra(entry.Slice(EntryBytes + UInt16(entry, 28), UInt16(entry, 30)));
        var length = Next(entry, 24, ref wide);
        var packed = Next(entry, 20, ref wide);
        var begin = Next(entry, 42, ref wide);
        return (length, packed, begin);

        ulong Next(ReadOnlySpan<byte> from, int at, ref ReadOnlySpan<byte> extra)
        {
            if (UInt32(from, at) is not uint.MaxValue and var narrow) return narrow;
            if (extra.Length < 8) throw Bad(file, $"its entry '{name}' lacks its 64-bit sizes");
            var value = UInt64(extra, 0);
            extra = extra[8..];
            return value;
        }
    }

    private static ReadOnlySpan<byte> Extra(ReadOnlySpan<byte> fields)
    {
        while (fields.Length >= 4 && UInt16(fields, 2) <= fields.Length - 4)
        {
            var length = UInt16(fields, 2);
            if (UInt16(fields, 0) == 1) return fields.Slice(4, length);
            fields = fields[(4 + length)..];
        }
        return [];
    }

    private static ushort UInt16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint UInt32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static ulong UInt64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]);
}
