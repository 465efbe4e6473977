using System.Globalization;
using System.Numerics;

namespace SafeTune.Checkpoints.Pickles;

/// <summary>
/// Reads pickles of protocol 2 to 5 as torch.save writes them: plain values and the names in <see cref="PickleGlobals"/>.
/// Whatever else a pickle can ask for is refused by name; nothing is ever looked up or run.
/// </summary>
/// <remarks>
/// Opcodes: Python's Lib/pickletools.py. Work and memory are proportional to the number of opcodes and the bytes of strings; there is no recursion,
/// and containers are never copied, hashed or compared, so that references to references cost nothing.
/// </remarks>
internal sealed class Unpickler(PickleReader reader)
{
    // A tensor takes about 30, so 160,000 tensors fit.
    private const int MaxOperations = 5_000_000;

    private const int MaxLongBytes = 255;

    private readonly Dictionary<string, PickledStorage> storages = [];
    private readonly List<object?> stack = [];
    private readonly Stack<int> marks = [];
    private readonly List<object?> memo = [];
    private int operations;

    /// <summary>The storages that the pickles so far have named.</summary>
    public IReadOnlyDictionary<string, PickledStorage> Storages => storages;

    /// <summary>Reads the next pickle.</summary>
    /// <exception cref="UsageException">The pickle is damaged, or asks for what no tensor needs.</exception>
    public object? Load()
    {
        stack.Clear();
        marks.Clear();
        memo.Clear();
        while (true)
        {
            if (++operations > MaxOperations) throw reader.Bad($"has more than {MaxOperations} operations, far more than tensors need");
            var code = reader.Byte();
            if (code == '.') return Pop();
            Execute(code);
        }
    }

    private void Execute(byte code)
    {
        switch (code)
        {
            case 0x80: Protocol(reader.Byte()); break;
            case 0x95: reader.UInt64(); break;

            case (byte)'(': marks.Push(stack.Count); break;
            case (byte)'0': Discard(); break;
            case (byte)'1': PopToMark(); break;
            case (byte)'2': stack.Add(Top()); break;

            case (byte)'N': stack.Add(null); break;
            case 0x88: stack.Add(true); break;
            case 0x89: stack.Add(false); break;
            case (byte)'K': stack.Add((long)reader.Byte()); break;
            case (byte)'M': stack.Add((long)reader.UInt16()); break;
            case (byte)'J': stack.Add((long)reader.Int32()); break;
            case (byte)'I': stack.Add(Number(reader.Line())); break;
            case (byte)'L': stack.Add(Number(reader.Line().TrimEnd('L'))); break;
            case 0x8A: stack.Add(LongNumber(reader.Byte())); break;
            case 0x8B: stack.Add(LongNumber(reader.Int32())); break;
            case (byte)'G': stack.Add(reader.Double()); break;

            case 0x8C: stack.Add(reader.Text(reader.Byte())); break;
            case (byte)'X': stack.Add(reader.Text(reader.UInt32())); break;
            case 0x8D: stack.Add(reader.Text(reader.UInt64())); break;
            // Python 2 wrote its names as bytes.
            case (byte)'U': stack.Add(reader.Text(reader.Byte())); break;
            case (byte)'T': stack.Add(reader.Text(reader.UInt32())); break;
            case (byte)'C': stack.Add(reader.Bytes(reader.Byte())); break;
            case (byte)'B': stack.Add(reader.Bytes(reader.UInt32())); break;
            case 0x8E: stack.Add(reader.Bytes(reader.UInt64())); break;

            case (byte)')': stack.Add(Array.Empty<object?>()); break;
            case 0x85: stack.Add(PopLast(1)); break;
            case 0x86: stack.Add(PopLast(2)); break;
            case 0x87: stack.Add(PopLast(3)); break;
            case (byte)'t': stack.Add(PopToMark()); break;
            case (byte)']' or 0x8F: stack.Add(new List<object?>()); break;
            case (byte)'l' or 0x91: stack.Add(new List<object?>(PopToMark())); break;
            case (byte)'a': Extend(PopLast(1)); break;
            case (byte)'e' or 0x90: Extend(PopToMark()); break;
            case (byte)'}': stack.Add(new PickleDictionary()); break;
            case (byte)'d': var items = PopToMark(); stack.Add(new PickleDictionary()); Set(items); break;
            case (byte)'s': Set(PopLast(2)); break;
            case (byte)'u': Set(PopToMark()); break;

            case (byte)'q': Remember(reader.Byte()); break;
            case (byte)'r': Remember(reader.UInt32()); break;
            case 0x94: Remember((uint)memo.Count); break;
            case (byte)'h': Recall(reader.Byte()); break;
            case (byte)'j': Recall(reader.UInt32()); break;

            case (byte)'c': stack.Add(Global(reader.Line(), reader.Line())); break;
            case 0x93: GlobalFromStack(); break;
            case (byte)'R': Call(); break;
            case (byte)'b': Build(); break;
            case (byte)'Q': stack.Add(Storage(Pop())); break;
            default: throw Refused(code);
        }
    }

    // Says what the opcode would have done.
    private UsageException Refused(byte code)
    {
        switch (code)
        {
            case (byte)'i':
                return reader.Bad($"makes an instance of '{reader.Line()}.{reader.Line()}' (INST), which no tensor needs; it was refused and nothing of it was run");
            case (byte)'o' or 0x81 or 0x92:
                var opcode = code switch { (byte)'o' => "OBJ", 0x81 => "NEWOBJ", _ => "NEWOBJ_EX" };
                return reader.Bad($"makes an instance of a class ({opcode}), which no tensor needs; it was refused and nothing of it was run");
            case 0x82 or 0x83 or 0x84:
                return reader.Bad($"asks for a name of Python's extension registry (EXT{1 << (code - 0x82)}), which no tensor needs; it was refused and nothing of it was run");
            default:
                return reader.Bad($"has the opcode 0x{code:X2}, which torch.save does not write");
        }
    }

    private void Protocol(byte version)
    {
        if (version is < 2 or > 5) throw reader.Bad($"has protocol {version}, expected 2 to 5");
    }

    private object Number(string text)
    {
        // How protocol 1 writes the two truth values.
        if (text is "00" or "01") return text == "01";
        if (!BigInteger.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value))
            throw reader.Bad("has a whole number that is none");
        return Small(value);
    }

    private object LongNumber(int bytes) => bytes is >= 0 and <= MaxLongBytes
        ? Small(new BigInteger(reader.Bytes((ulong)bytes)))
        : throw reader.Bad($"has a whole number of {bytes} bytes, expected 0 to {MaxLongBytes}");

    private static object Small(BigInteger value) => value >= long.MinValue && value <= long.MaxValue ? (object)(long)value : value;

    // What lies below the last mark belongs to the tuple, list or dictionary that the mark began.
    private int Floor => marks.Count == 0 ? 0 : marks.Peek();

    private object? Top() => stack.Count > Floor ? stack[^1] : throw reader.Bad("takes more values than it has");

    private object? Pop()
    {
        var value = Top();
        stack.RemoveAt(stack.Count - 1);
        return value;
    }

    private void Discard()
    {
        if (marks.Count > 0 && stack.Count == Floor) marks.Pop();
        else Pop();
    }

    private object?[] PopLast(int count)
    {
        if (stack.Count - count < Floor) throw reader.Bad("takes more values than it has");
        object?[] values = [.. stack[^count..]];
        stack.RemoveRange(stack.Count - count, count);
        return values;
    }

    private object?[] PopToMark() => marks.Count > 0
        ? Popped(stack.Count - marks.Pop())
        : throw reader.Bad("ends a tuple, list or dictionary that it never began");

    private object?[] Popped(int count)
    {
        var values = stack.GetRange(stack.Count - count, count).ToArray();
        stack.RemoveRange(stack.Count - count, count);
        return values;
    }

    private void Extend(object?[] values)
    {
        if (Top() is not List<object?> list) throw reader.Bad("appends to what is no list");
        list.AddRange(values);
    }

    private void Set(object?[] keysAndValues)
    {
        if (Top() is not PickleDictionary dictionary) throw reader.Bad("sets items of what is no dictionary");
        if (keysAndValues.Length % 2 != 0) throw reader.Bad("sets an item without a value");
        for (var i = 0; i < keysAndValues.Length; i += 2) dictionary.Items.Add((keysAndValues[i], keysAndValues[i + 1]));
    }

    private void Remember(uint index)
    {
        // Picklers count from 0 or 1 without gaps, so an index never exceeds the number of operations.
        if (index > operations) throw reader.Bad($"remembers a value as number {index} after {operations} operations");
        while (memo.Count <= index) memo.Add(null);
        memo[(int)index] = Top();
    }

    private void Recall(uint index) => stack.Add(index < memo.Count ? memo[(int)index] : throw reader.Bad($"recalls value {index}, which it has not remembered"));

    private PickleGlobal Global(string module, string name) => PickleGlobals.Find(module, name)
        ?? throw reader.Bad($"asks for '{module}.{name}', which no tensor needs; it was refused and nothing of it was run. If you trust the file's author, load it in Python and save its tensors as safetensors");

    private void GlobalFromStack()
    {
        if (PopLast(2) is not [string module, string name]) throw reader.Bad("asks for a name that is no string");
        stack.Add(Global(module, name));
    }

    private void Call()
    {
        if (PopLast(2) is not [PickleGlobal global, object?[] arguments]) throw reader.Bad("calls what cannot be called");
        stack.Add(global.Call?.Invoke(arguments) ?? throw reader.Bad($"calls '{global.Name}' with arguments that torch.save does not write"));
    }

    // A state dict carries its modules' versions as an attribute: nothing that its tensors need.
    private void Build()
    {
        var state = Pop();
        if (Top() is not PickleDictionary || state is not PickleDictionary) throw reader.Bad("sets the state of an object (BUILD), which no tensor needs; it was refused and nothing of it was run");
    }

    // ('storage', type, key, location, elements), and in the legacy format a view of another storage, which torch.save has not written since 0.4.
    private PickledStorage Storage(object? id)
    {
        if ((id as object?[] ?? []) is not ["storage", PickleGlobal { StorageDtype: { } dtype }, string key, _, long elements, .. var view] || view is not ([] or [null]))
            throw reader.Bad("refers to an outside object that is no storage of numbers");
        PickledStorage storage = new(key, dtype, elements);
        if (storages.TryAdd(key, storage)) return storage;
        return storages[key] == storage ? storage : throw reader.Bad($"describes the storage '{key}' twice, differently");
    }
}
