using System.Globalization;
using System.Runtime.InteropServices;

namespace TorchSharp;

/// <summary>A float32 cut to its upper 16 bits, rounded to nearest even.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly struct BFloat16 : IFormattable, IComparable
{
    private readonly ushort bits;

    public BFloat16(float f)
    {
        var whole = BitConverter.SingleToUInt32Bits(f);
        bits = float.IsNaN(f) ? (ushort)0x7FC0 : (ushort)((whole + 0x7FFF + ((whole >> 16) & 1)) >> 16);
    }

    public float ToSingle() => BitConverter.UInt32BitsToSingle((uint)bits << 16);
    public int CompareTo(object? obj) => obj is BFloat16 other ? ToSingle().CompareTo(other.ToSingle()) : throw new ArgumentException("Not a BFloat16.", nameof(obj));
    public override bool Equals(object? obj) => obj is BFloat16 other && ToSingle().Equals(other.ToSingle());
    public override int GetHashCode() => ToSingle().GetHashCode();
    public override string ToString() => ToSingle().ToString(CultureInfo.InvariantCulture);
    public string ToString(string? format, IFormatProvider? formatProvider) => ToSingle().ToString(format, formatProvider);
}
