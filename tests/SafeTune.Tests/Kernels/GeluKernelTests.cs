namespace SafeTune.Tests.Kernels;

public sealed unsafe class GeluKernelTests
{
    [Theory]
    [ClassData(typeof(Widths))]
    public void Gelu_and_its_slope_are_the_normal_distributions(string width)
    {
        // 4,001 points from -10 to 10: no multiple of any width.
        const int count = 4001;
        FloatBlock x = new(count), y = new(count), gx = new(count), above = FloatBlock.Random(new(1), count);
        for (var i = 0; i < count; i++) x.Span[i] = (i / 200f) - 10;
        Widths.Named(width).Gelu(count, x.At, y.At);
        Widths.Named(width).GeluBackward(count, x.At, above.At, gx.At);
        float[] points = x.Span.ToArray(), g = above.Span.ToArray();
        y.Check([.. points.Select(value => value * Cumulative(value))], 1e-6, "values");
        gx.Check([.. points.Zip(g, (value, g) => g * (Cumulative(value) + (value * Density(value))))], 1e-6, "gradients");
    }

    [Theory]
    [ClassData(typeof(Widths))]
    public void What_is_no_number_stays_none(string width)
    {
        const int count = 37;
        FloatBlock x = new(count, float.NaN), above = new(count, 1), y = new(count), gx = new(count);
        Widths.Named(width).Gelu(count, x.At, y.At);
        Widths.Named(width).GeluBackward(count, x.At, above.At, gx.At);
        Assert.All(y.Span.ToArray(), value => Assert.Equal(float.NaN, value));
        Assert.All(gx.Span.ToArray(), value => Assert.Equal(float.NaN, value));
    }

    private static double Density(double x) => Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI);

    // By the series Phi(x) = 1/2 + density(x) (x + x^3 / 3 + x^5 / (3 5) + ...); beyond 6 it is 0 or 1 to the 9th digit.
    private static double Cumulative(double x)
    {
        if (Math.Abs(x) > 6) return x < 0 ? 0 : 1;
        var (sum, term) = (x, x);
        for (var i = 3; i < 200; i += 2) sum += term *= x * x / i;
        return 0.5 + (sum * Density(x));
    }
}
