using TorchSharp;
using static TorchSharp.torch;

namespace SafeTune.Torch;

/// <summary>Numbers as operands of torch's operators, safe from the garbage collector.</summary>
/// <remarks>
/// TorchSharp 0.107 reads a Scalar's handle and calls libtorch without keeping the Scalar alive. A collection that another thread starts meanwhile finalizes it, and libtorch reads freed memory:
/// "Unknown scalar type", or another number. Every implicit conversion of a number to Scalar, TorchSharp's own in <c>a + b</c> and <c>a.add(b)</c> included, is such a call;
/// a test refuses them in this code. A call takes three Scalars at most, so the last few of a thread are kept.
/// </remarks>
public static class Scalars
{
    private const int Count = 16;

    [ThreadStatic]
    private static Scalar?[]? last;

    [ThreadStatic]
    private static int next;

    /// <summary>A number that lives until its thread has made several more.</summary>
    public static Scalar Kept(double value) => Keep(value);

    /// <inheritdoc cref="Kept(double)"/>
    public static Scalar Kept(long value) => Keep(value);

    /// <summary><c>a + b</c>.</summary>
    public static Tensor Plus(this Tensor a, Tensor b) => Checked(a).add(b, Kept(1));

    /// <summary><c>a + number</c>.</summary>
    public static Tensor Plus(this Tensor a, double number) => Checked(a).add(Kept(number), Kept(1));

    /// <summary>Adds <paramref name="b"/> to <paramref name="a"/> in place.</summary>
    /// <returns><paramref name="a"/>.</returns>
    public static Tensor Accumulate(this Tensor a, Tensor b) => Checked(a).add_(b, Kept(1));

    /// <summary>Adds a whole number to <paramref name="a"/>, which may be of whole numbers, in place.</summary>
    /// <returns><paramref name="a"/>.</returns>
    public static Tensor Accumulate(this Tensor a, long number) => Checked(a).add_(Kept(number), Kept(1));

    /// <summary>Adds a number to <paramref name="a"/> in place.</summary>
    /// <returns><paramref name="a"/>.</returns>
    public static Tensor Accumulate(this Tensor a, double number) => Checked(a).add_(Kept(number), Kept(1));

    /// <summary><c>a * factor</c>.</summary>
    public static Tensor Times(this Tensor a, double factor) => Checked(a).mul(Kept(factor));

    /// <summary><c>a / divisor</c>.</summary>
    public static Tensor Over(this Tensor a, double divisor) => Checked(a).div(Kept(divisor));

    /// <summary>The whole numbers from <paramref name="first"/> up to <paramref name="end"/>, without it: int64, [end - first].</summary>
    public static Tensor Range(long first, long end, Device? device = null) => arange(Kept(first), Kept(end), Kept(1), ScalarType.Int64, device);

    private static Tensor Checked(Tensor a)
    {
        ArgumentNullException.ThrowIfNull(a);
        return a;
    }

    private static Scalar Keep(Scalar made)
    {
        last ??= new Scalar[Count];
        return last[next = (next + 1) % Count] = made;
    }
}
