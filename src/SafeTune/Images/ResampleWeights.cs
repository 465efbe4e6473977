namespace SafeTune.Images;

/// <summary>How images are resampled; the numbers are Pillow's and those of <c>resample</c> in preprocessor_config.json.</summary>
public enum ImageFilter
{
    /// <summary>A triangle.</summary>
    Bilinear = 2,

    /// <summary>The cubic with a = -0.5 (Catmull-Rom).</summary>
    Bicubic = 3,
}

/// <summary>For every pixel of the result along one side, the pixels of the source that it is made of, with weights of 22 bits after the point.</summary>
/// <remarks>Computed as Pillow does (src/libImaging/Resample.c): a filter that grows with the reduction, in double precision, normalised, then rounded.</remarks>
internal sealed class ResampleWeights
{
    /// <summary>Bits after the point: 8 bits of colour, and 2 to spare for sums above 1.</summary>
    public const int Precision = 32 - 8 - 2;

    /// <summary>A half, which rounds a sum.</summary>
    public const int Half = 1 << (Precision - 1);

    private readonly int[] weights;
    private readonly (int First, int Count)[] spans;
    private readonly int most;

    /// <param name="source">Pixels of the source.</param>
    /// <param name="extent">How many of them the picture covers.</param>
    /// <param name="target">Pixels of the result.</param>
    /// <param name="filter">What weighs.</param>
    public ResampleWeights(int source, double extent, int target, ImageFilter filter)
    {
        var scale = extent / target;
        var grown = Math.Max(1, scale);
        var shrink = 1 / grown;
        var support = (filter == ImageFilter.Bicubic ? 2 : 1) * grown;
        most = ((int)Math.Ceiling(support) * 2) + 1;
        weights = new int[target * most];
        spans = new (int, int)[target];
        var exact = new double[most];
        for (var i = 0; i < target; i++)
        {
            var centre = (i + 0.5) * scale;
            var first = Math.Max(0, (int)(centre - support + 0.5));
            var count = Math.Min(source, (int)(centre + support + 0.5)) - first;
            var sum = 0.0;
            for (var k = 0; k < count; k++) sum += exact[k] = Weigh(filter, (k + first - centre + 0.5) * shrink);
            for (var k = 0; k < count; k++)
            {
                var weight = (sum == 0 ? exact[k] : exact[k] / sum) * (1 << Precision);
                weights[(i * most) + k] = (int)(weight + Math.CopySign(0.5, weight));
            }

            spans[i] = (first, count);
        }
    }

    /// <summary>The first pixel of the source that the result's pixel is made of, and the weights from there on.</summary>
    public ReadOnlySpan<int> Of(int pixel, out int first)
    {
        (first, var count) = spans[pixel];
        return weights.AsSpan(pixel * most, count);
    }

    private static double Weigh(ImageFilter filter, double x)
    {
        const double a = -0.5;
        x = Math.Abs(x);
        if (filter == ImageFilter.Bilinear) return Math.Max(0, 1 - x);
        return x < 1 ? ((((a + 2) * x) - (a + 3)) * x * x) + 1 : x < 2 ? ((((((x - 5) * x) + 8) * x) - 4) * a) : 0;
    }
}
