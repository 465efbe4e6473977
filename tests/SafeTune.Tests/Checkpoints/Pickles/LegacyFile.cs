using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace SafeTune.Tests.Checkpoints.Pickles;

/// <summary>Files of torch.save's old format with pickles written by hand; every char of a pickle is a byte.</summary>
internal static class LegacyFile
{
    /// <summary>The three pickles that begin a file.</summary>
    private const string Head = "\u0080\u0002\u008A\u000A\u006C\u00FC\u009C\u0046\u00F9\u0020\u006A\u00A8\u0050\u0019.\u0080\u0002M\u00E9\u0003.\u0080\u0002}.";

    /// <summary>A storage '0' of so many float32 zeros; the pickle is the object's.</summary>
    public static byte[] With(string pickle, int elements = 0) => Bytes(Head + pickle + "\u0080\u0002](" + Text("0") + "e.", elements);

    /// <summary>The same without a storage.</summary>
    public static byte[] WithoutStorage(string pickle) => Encoding.Latin1.GetBytes(Head + pickle + "\u0080\u0002].");

    /// <summary>A dictionary of one tensor, 'a', in the storage '0'.</summary>
    public static string Mapping(string tensor, string more = "") => "\u0080\u0002}" + Text("a") + tensor + "s" + more + ".";

    /// <summary>A float32 tensor in the storage '0'.</summary>
    public static string Tensor(long elements, long offset, string shape, string strides, string storage = "ctorch\nFloatStorage\n") =>
        "ctorch._utils\n_rebuild_tensor_v2\n((" + Text("storage") + storage + Text("0") + Text("cpu") + Number(elements) + "tQ" + Number(offset) + Numbers(shape) + Numbers(strides)
        + "\u0089ccollections\nOrderedDict\n)RtR";

    public static string Text(string text)
    {
        var length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, text.Length);
        return "X" + Encoding.Latin1.GetString(length) + text;
    }

    public static string Number(long value) => string.Create(CultureInfo.InvariantCulture, $"I{value}\n");

    private static string Numbers(string list) => "(" + string.Concat(list.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(number => $"I{number}\n")) + "t";

    private static byte[] Bytes(string pickles, int elements)
    {
        var storage = new byte[8 + (elements * 4)];
        BinaryPrimitives.WriteInt64LittleEndian(storage, elements);
        return [.. Encoding.Latin1.GetBytes(pickles), .. storage];
    }
}
