using System.Text.Json;
using SafeTune.Checkpoints;
using SafeTune.Freezing;
using Xunit.Abstractions;
using static TorchSharp.torch;

namespace SafeTune.Tests.Freezing;

public sealed class CkaTests(ITestOutputHelper output)
{
    [Fact]
    public void Linear_CKA_agrees_with_the_reference_centred_and_as_printed()
    {
        using var file = SafeTensorsFile.Open(Golden.Path("cka/inputs.safetensors"));
        using var expected = JsonDocument.Parse(File.ReadAllText(Golden.Path("cka/expected.json")));
        var largest = 0.0;
        foreach (var row in expected.RootElement.EnumerateObject())
        {
            using var x = file.Read($"{row.Name}.x");
            using var y = file.Read($"{row.Name}.y");
            largest = Math.Max(largest, Math.Abs(Cka.Linear(x, y) - row.Value.GetProperty("centred").GetDouble()));
            largest = Math.Max(largest, Math.Abs(Cka.Linear(x, y, centre: false) - row.Value.GetProperty("as_printed").GetDouble()));
        }
        output.WriteLine($"max difference {largest:R}");
        Assert.True(largest <= 1e-6);
    }

    [Theory]
    [InlineData(7, 5, 4)]
    [InlineData(40, 64, 64)]
    [InlineData(5000, 6, 9)]
    public void Both_forms_agree_with_the_definition(int n, int p, int q)
    {
        using var scope = NewDisposeScope();
        var x = Numbers(n, p, 1);
        var y = Numbers(n, q, 2);
        foreach (var centre in new[] { true, false })
        {
            var difference = Math.Abs(Cka.Linear(x, y, centre) - Definition(x, y, centre));
            output.WriteLine($"{n} x {p}, {q}: difference {difference:R}");
            Assert.True(difference <= 1e-12);
        }
    }

    [Fact]
    public void Equal_activations_score_one_and_a_shift_does_not_matter_when_centred()
    {
        using var scope = NewDisposeScope();
        var x = Numbers(50, 8, 3);
        Assert.Equal(1, Cka.Linear(x, x), 14);
        Assert.Equal(1, Cka.Linear(x, x * 2 + 7), 7);
    }

    [Fact]
    public void A_constant_layer_is_like_another_constant_one_only()
    {
        using var scope = NewDisposeScope();
        var constant = ones(6, 3);
        Assert.Equal(1, Cka.Linear(constant, constant * 4));
        Assert.Equal(0, Cka.Linear(constant, Numbers(6, 3, 4)));
    }

    [Fact]
    public void NaN_in_an_input_is_not_hidden()
    {
        using var scope = NewDisposeScope();
        Assert.True(double.IsNaN(Cka.Linear(Numbers(6, 3, 5), full([6, 3], double.NaN))));
    }

    [Fact]
    public void Different_numbers_of_rows_are_refused()
    {
        using var scope = NewDisposeScope();
        Assert.Contains("[6, 3] and [5, 3]", Assert.Throws<ArgumentException>(() => Cka.Linear(ones(6, 3), ones(5, 3))).Message, StringComparison.Ordinal);
    }

    private static Tensor Numbers(int rows, int columns, int seed)
    {
        var random = new Random(seed);
        return tensor([.. Enumerable.Range(0, rows * columns).Select(i => (float)(random.NextDouble() + i % columns))]).reshape([rows, columns]);
    }

    // <K, L> / (|K| |L|) over explicit loops in double precision, as Kornblith et al. define it.
    private static double Definition(Tensor x, Tensor y, bool centre)
    {
        double[][] a = Rows(x, centre), b = Rows(y, centre);
        double kl = 0, kk = 0, ll = 0;
        if (a.Length <= 100)
        {
            foreach (var i in Enumerable.Range(0, a.Length))
            foreach (var j in Enumerable.Range(0, a.Length))
            {
                double k = Dot(a[i], a[j]), l = Dot(b[i], b[j]);
                (kl, kk, ll) = (kl + k * l, kk + k * k, ll + l * l);
            }
            return kl / Math.Sqrt(kk * ll);
        }
        return Squares(a, b) / Math.Sqrt(Squares(a, a) * Squares(b, b));
    }

    private static double Squares(double[][] a, double[][] b) => (
        from i in Enumerable.Range(0, a[0].Length)
        from j in Enumerable.Range(0, b[0].Length)
        select Math.Pow(a.Zip(b, (u, v) => u[i] * v[j]).Sum(), 2)).Sum();

    private static double Dot(double[] a, double[] b) => a.Zip(b, (u, v) => u * v).Sum();

    private static double[][] Rows(Tensor x, bool centre)
    {
        var columns = (int)x.shape[1];
        float[][] rows = [.. x.data<float>().ToArray().Chunk(columns)];
        var means = Enumerable.Range(0, columns).Select(c => centre ? rows.Average(r => (double)r[c]) : 0).ToArray();
        return [.. rows.Select(r => r.Select((v, c) => v - means[c]).ToArray())];
    }
}
