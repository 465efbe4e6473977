using System.Runtime.InteropServices;

namespace SafeTune.Tests.Kernels;

/// <summary>Floats at a fixed address, with margins that show when a kernel writes beside them.</summary>
internal sealed unsafe class FloatBlock
{
    private const int Margin = 16;
    private const float Untouched = -12345;

    // A pointer keeps nothing alive: the last blocks are held here, more of them than a test has at a time.
    private static readonly Queue<float[]> Held = new();

    private readonly float[] values;
    private readonly int count;

    public FloatBlock(long count, float fill = 0)
    {
        this.count = (int)count;
        values = GC.AllocateUninitializedArray<float>(this.count + (2 * Margin), pinned: true);
        Array.Fill(values, Untouched);
        Array.Fill(values, fill, Margin, this.count);
        Held.Enqueue(values);
        if (Held.Count > 64) Held.Dequeue();
    }

    /// <summary>Where they begin; the array is pinned.</summary>
    public float* At => (float*)Marshal.UnsafeAddrOfPinnedArrayElement(values, Margin);

    public Span<float> Span => values.AsSpan(Margin, count);

    public float this[long i] => values[Margin + i];

    /// <summary>Normally distributed numbers.</summary>
    public static FloatBlock Random(Random random, long count, float scale = 1, float shift = 0)
    {
        var block = new FloatBlock(count);
        foreach (ref var value in block.Span)
        {
            var radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
            value = shift + (scale * (float)(radius * Math.Cos(2 * Math.PI * random.NextDouble())));
        }
        return block;
    }

    /// <summary>Equal to the expected numbers, in units of the largest of them, and nothing beside them was written.</summary>
    public void Check(double[] expected, double tolerance, string what)
    {
        Assert.Equal(expected.Length, count);
        CheckMargins(what);
        var (difference, size) = (0.0, 1e-3);
        for (var i = 0; i < count; i++)
        {
            var apart = Math.Abs(expected[i] - this[i]);
            Assert.False(double.IsNaN(apart), $"{what}: {this[i]} at {i} and not {expected[i]}");
            (difference, size) = (Math.Max(difference, apart), Math.Max(size, Math.Abs(expected[i])));
        }
        Assert.True(difference <= tolerance * size, $"{what}: differs by {difference} of {size}");
    }

    public void CheckMargins(string what) =>
        Assert.True(values[..Margin].Concat(values[^Margin..]).All(value => value == Untouched), $"{what}: written beside");
}
