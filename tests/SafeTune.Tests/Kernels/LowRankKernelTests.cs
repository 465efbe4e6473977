using SafeTune.Kernels;

namespace SafeTune.Tests.Kernels;

public sealed unsafe class LowRankKernelTests
{
    private const int Rows = 5, First = 1, Count = 3;

    [Theory]
    [ClassData(typeof(Widths))]
    public void Adapters_are_the_plain_products(string width)
    {
        foreach (var (columns, outputs, rank, dropout) in new[] { (100, 72, 4, 0.1), (33, 64, 9, 0), (70, 5, 64, 0.25), (1, 1, 1, 0) })
            Check(Widths.Named(width), new(columns, outputs, rank, Scale: 3, DropoutRule.Of(4, dropout)));
    }

    private static void Check(CpuKernels kernels, LowRankShape s)
    {
        FloatBlock x = FloatBlock.Random(new(1), Rows * s.In), above = FloatBlock.Random(new(4), Rows * s.Out);
        FloatBlock a = FloatBlock.Random(new(2), s.Rank * s.In), b = FloatBlock.Random(new(3), s.Rank * s.Out);
        FloatBlock low = new(Rows * s.Rank), scratch = new(CpuKernels.TilesOf(s.In) * CpuKernels.TileWidth, float.NaN);
        // These are added to.
        FloatBlock y = new(Rows * s.Out, 1), ga = new(s.Rank * s.In, 1), gb = new(s.Rank * s.Out, 1);
        FloatBlock gx = new(Rows * s.In, 1), frozen = new(Rows * s.In, 1);
        kernels.LowRank(s, First, Count, x.At, a.At, b.At, low.At, y.At, scratch.At);
        kernels.LowRankBackward(s, First, Count, x.At, low.At, above.At, a.At, b.At, ga.At, gb.At, gx.At, scratch.At);
        kernels.LowRankBackward(s, First, Count, null, null, above.At, a.At, b.At, null, null, frozen.At, scratch.At);

        double[] expectedLow = new double[Rows * s.Rank], expectedY = Ones(Rows * s.Out), expectedA = Ones(s.Rank * s.In);
        double[] expectedB = Ones(s.Rank * s.Out), expectedX = Ones(Rows * s.In);
        for (long row = First; row < First + Count; row++)
        {
            var tiles = CpuKernels.TilesOf(s.In);
            var factors = DropoutKernelTests.PlainFactors(s.Dropout, (ulong)(row * tiles), tiles);
            for (var r = 0L; r < s.Rank; r++)
            {
                var (value, back) = (0.0, 0.0);
                for (var i = 0L; i < s.In; i++) value += (double)x[(row * s.In) + i] * factors[i] * a[(r * s.In) + i];
                for (var j = 0L; j < s.Out; j++) back += s.Scale * (double)above[(row * s.Out) + j] * b[(r * s.Out) + j];
                expectedLow[(row * s.Rank) + r] = value;
                for (var j = 0L; j < s.Out; j++)
                {
                    expectedY[(row * s.Out) + j] += s.Scale * value * b[(r * s.Out) + j];
                    expectedB[(r * s.Out) + j] += s.Scale * value * above[(row * s.Out) + j];
                }
                for (var i = 0L; i < s.In; i++)
                {
                    expectedA[(r * s.In) + i] += back * x[(row * s.In) + i] * factors[i];
                    expectedX[(row * s.In) + i] += back * a[(r * s.In) + i] * factors[i];
                }
            }
        }
        low.Check(expectedLow, 1e-5, $"{s}, low");
        y.Check(expectedY, 1e-5, $"{s}, values");
        ga.Check(expectedA, 1e-5, $"{s}, gradient of A");
        gb.Check(expectedB, 1e-5, $"{s}, gradient of B");
        gx.Check(expectedX, 1e-5, $"{s}, gradient of x");
        frozen.Check(expectedX, 1e-5, $"{s}, gradient of x alone");
        scratch.CheckMargins($"{s}, scratch");
    }

    private static double[] Ones(long count)
    {
        var ones = new double[count];
        Array.Fill(ones, 1);
        return ones;
    }
}
