using SafeTune.Kernels;

namespace SafeTune.Tests.Kernels;

public sealed unsafe class NormKernelTests
{
    private const double Epsilon = 1e-5;

    private static readonly (int Columns, bool Residual, bool Bias, bool RootMeanSquare, bool Keep, double Dropout)[] Cases =
    [
        (200, true, true, false, false, 0.1),
        (64, true, true, false, true, 0.25),
        (33, false, true, false, false, 0),
        (100, false, false, true, true, 0),
        (7, true, false, true, false, 0.5),
        (385, true, true, false, false, 0),
        (3, true, true, false, true, 0.1),
    ];

    [Theory]
    [ClassData(typeof(Widths))]
    public void Norms_are_the_plain_ones(string width)
    {
        foreach (var c in Cases)
            new Case(c.Columns, c.Residual, c.Bias, c.RootMeanSquare, c.Keep, c.Dropout).Check(Widths.Named(width), both: true);
    }

    [Theory]
    [ClassData(typeof(Widths))]
    public void One_of_the_gradients_may_be_left_out(string width)
    {
        foreach (var c in Cases)
            new Case(c.Columns, c.Residual, c.Bias, c.RootMeanSquare, c.Keep, c.Dropout).Check(Widths.Named(width), both: false);
    }

    // Rows 2 to 4 of six.
    private sealed class Case(int columns, bool residual, bool hasBias, bool rootMeanSquare, bool keep, double dropout)
    {
        private const int Rows = 6, First = 2, Count = 3;

        private readonly FloatBlock x = FloatBlock.Random(new(1), Rows * columns), f = FloatBlock.Random(new(2), Rows * columns);
        private readonly FloatBlock weight = FloatBlock.Random(new(3), columns, 0.2f, 1), bias = FloatBlock.Random(new(4), columns);
        private readonly FloatBlock above = FloatBlock.Random(new(5), Rows * columns);
        private readonly DropoutRule rule = DropoutRule.Of(8, dropout);

        public void Check(CpuKernels kernels, bool both)
        {
            var shape = new NormShape
            {
                Columns = columns,
                Weight = weight.At,
                Bias = hasBias ? bias.At : null,
                Epsilon = (float)Epsilon,
                RootMeanSquare = rootMeanSquare,
                Dropout = rule,
            };
            FloatBlock y = new(Rows * columns), rstd = new(Rows), normalised = new(Rows * columns);
            FloatBlock gx = new(Rows * columns), gf = new(Rows * columns);
            float* kept = keep ? normalised.At : null, toX = both || !residual ? gx.At : null, toF = residual ? gf.At : null;
            kernels.Norm(shape, First, Count, residual ? f.At : null, x.At, y.At, rstd.At, kept);
            kernels.NormBackward(shape, First, Count, keep ? null : y.At, kept, rstd.At, above.At, toX, toF);

            double[] expectedY = new double[Rows * columns], expectedH = new double[Rows * columns], expectedX = new double[Rows * columns];
            double[] expectedF = new double[Rows * columns], expectedR = new double[Rows];
            for (var row = First; row < First + Count; row++) Plain(row, expectedY, expectedH, expectedR, expectedX, expectedF);
            var what = $"{columns} columns";
            y.Check(expectedY, 3e-6, $"{what}, values");
            rstd.Check(expectedR, 3e-6, $"{what}, deviations");
            if (keep) normalised.Check(expectedH, 3e-6, $"{what}, what was kept");
            if (both || !residual) gx.Check(expectedX, 3e-5, $"{what}, gradient of x");
            if (residual) gf.Check(expectedF, 3e-5, $"{what}, gradient of f");
        }

        private void Plain(int row, double[] y, double[] h, double[] r, double[] gx, double[] gf)
        {
            int[] places = [.. Enumerable.Range(row * columns, columns)];
            var tiles = CpuKernels.TilesOf(columns);
            var factors = DropoutKernelTests.PlainFactors(rule, (ulong)(row * tiles), tiles);
            double[] z = [.. places.Select((at, i) => x[at] + (residual ? (double)f[at] * factors[i] : 0))];
            var mean = rootMeanSquare ? 0 : z.Average();
            r[row] = 1 / Math.Sqrt(z.Select(value => (value - mean) * (value - mean)).Average() + Epsilon);
            for (var i = 0; i < columns; i++)
            {
                h[places[i]] = (z[i] - mean) * r[row];
                y[places[i]] = (h[places[i]] * weight[i]) + (hasBias ? bias[i] : 0);
            }
            var centre = rootMeanSquare ? 0 : places.Select((at, i) => (double)above[at] * weight[i]).Average();
            var slope = places.Select((at, i) => above[at] * weight[i] * h[at]).Average();
            for (var i = 0; i < columns; i++)
            {
                gx[places[i]] = r[row] * ((above[places[i]] * weight[i]) - centre - (h[places[i]] * slope));
                gf[places[i]] = gx[places[i]] * factors[i];
            }
        }
    }
}
