using System.Numerics;
using TorchSharp.Interop;

namespace TorchSharp;

/// <summary>A number of any element type, as an operator takes it.</summary>
public sealed class Scalar : IDisposable
{
    private readonly long whole;
    private readonly double real;
    private readonly Complex complex;

    internal Scalar(long value, ScalarType type) => (whole, real, complex, Type) = (value, value, value, type);
    internal Scalar(double value, ScalarType type) => (whole, real, complex, Type) = (unchecked((long)value), value, value, type);
    internal Scalar(Complex value, ScalarType type) => (whole, real, complex, Type) = ((long)value.Real, value.Real, value, type);

    public ScalarType Type { get; }

    internal bool IsWhole => Type.IsWhole() || Type == ScalarType.Bool;
    internal long Whole => whole;
    internal double Real => real;
    internal Complex Complex => complex;

    internal Arg ToArg() =>
        Type == ScalarType.Bool ? Arg.Truth(whole != 0)
        : Type.IsWhole() ? Arg.Whole(whole)
        : Type.IsComplex() ? throw new NotSupportedException("Complex scalars are not supported here.")
        : Arg.Real(real);

    public static implicit operator Scalar(byte value) => new(value, ScalarType.Byte);
    public static implicit operator Scalar(sbyte value) => new(value, ScalarType.Int8);
    public static implicit operator Scalar(short value) => new(value, ScalarType.Int16);
    public static implicit operator Scalar(int value) => new(value, ScalarType.Int32);
    public static implicit operator Scalar(long value) => new(value, ScalarType.Int64);
    public static implicit operator Scalar(float value) => new((double)value, ScalarType.Float32);
    public static implicit operator Scalar(double value) => new(value, ScalarType.Float64);
    public static implicit operator Scalar(bool value) => new(value ? 1L : 0L, ScalarType.Bool);
    public static implicit operator Scalar(Half value) => new((double)value, ScalarType.Float16);
    public static implicit operator Scalar((float, float) value) => new(new Complex(value.Item1, value.Item2), ScalarType.ComplexFloat32);
    public static implicit operator Scalar(Complex value) => new(value, ScalarType.ComplexFloat64);

    public void Dispose() { }
}

public static class ScalarExtensionMethods
{
    public static Scalar ToScalar(this byte value) => value;
    public static Scalar ToScalar(this sbyte value) => value;
    public static Scalar ToScalar(this short value) => value;
    public static Scalar ToScalar(this int value) => value;
    public static Scalar ToScalar(this long value) => value;
    public static Scalar ToScalar(this float value) => value;
    public static Scalar ToScalar(this double value) => value;
    public static Scalar ToScalar(this bool value) => value;
    public static Scalar ToScalar(this Half value) => value;
    public static Scalar ToScalar(this Complex value) => value;
    public static Scalar ToScalar(this (float, float) value) => value;
    public static Scalar ToBFloat16Scalar(this float value) => new(value, ScalarType.BFloat16);

    public static byte ToByte(this Scalar value) => (byte)value.Whole;
    public static sbyte ToSByte(this Scalar value) => (sbyte)value.Whole;
    public static short ToInt16(this Scalar value) => (short)value.Whole;
    public static int ToInt32(this Scalar value) => (int)value.Whole;
    public static long ToInt64(this Scalar value) => value.Whole;
    public static Half ToHalf(this Scalar value) => (Half)value.Real;
    public static float ToSingle(this Scalar value) => (float)value.Real;
    public static double ToDouble(this Scalar value) => value.Real;
    public static bool ToBoolean(this Scalar value) => value.Real != 0;
    public static Complex ToComplexFloat64(this Scalar value) => value.Complex;
    public static (float, float) ToComplexFloat32(this Scalar value) => ((float)value.Complex.Real, (float)value.Complex.Imaginary);
}
