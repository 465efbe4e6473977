using SafeTune.Kernels;

namespace SafeTune.Tests.Kernels;

public sealed unsafe class AttentionKernelTests
{
    public enum Masking
    {
        None,

        /// <summary>One row for all queries and heads, the last keys hidden by the smallest number.</summary>
        Padding,

        /// <summary>A bias for each head and query.</summary>
        Biases,
    }

    private static readonly (int Queries, int Keys, int Size, int Group, bool Causal, Masking Masking, double Dropout)[] Cases =
    [
        (37, 37, 20, 1, false, Masking.Padding, 0),
        (70, 70, 32, 2, true, Masking.Padding, 0.2),
        (128, 128, 64, 1, false, Masking.None, 0.1),
        (49, 49, 8, 2, false, Masking.Biases, 0),
        (5, 5, 3, 1, true, Masking.None, 0.5),
        (33, 100, 48, 3, true, Masking.Biases, 0.1),
        (1, 65, 33, 1, false, Masking.None, 0),
        (40, 130, 100, 1, false, Masking.Padding, 0),
    ];

    [Theory]
    [ClassData(typeof(Widths))]
    public void Attention_is_the_plain_one(string width)
    {
        foreach (var c in Cases)
        {
            var plain = new PlainAttention(c.Queries, c.Keys, c.Size, c.Group, c.Causal, c.Masking, c.Dropout);
            plain.Check(Widths.Named(width), gradients: (true, true, true));
        }
    }

    [Theory]
    [ClassData(typeof(Widths))]
    public void Each_gradient_may_be_left_out(string width)
    {
        foreach (var gradients in new[] { (true, false, false), (false, true, false), (false, false, true) })
            new PlainAttention(40, 70, 20, 2, causal: false, Masking.Padding, dropout: 0.1).Check(Widths.Named(width), gradients);
    }

    [Theory]
    [ClassData(typeof(Widths))]
    public void What_is_no_number_is_not_hidden(string width)
    {
        var s = new PlainAttention(20, 20, 16, 1, causal: false, Masking.None, dropout: 0).Shape;
        var kernels = Widths.Named(width);
        for (var key = 0; key < 20; key++)
        {
            // One key of NaN gives every row of scores one NaN, at each place in turn.
            FloatBlock q = new(20 * s.QRow, 1), k = new(20 * s.KRow, 1), v = new(20 * s.VRow, 1), o = new(20 * s.ORow), lse = new(20);
            k.Span.Slice(key * (int)s.KRow, 16).Fill(float.NaN);
            var scratch = new FloatBlock(kernels.AttentionScratch(s));
            kernels.Attention(s, 0, q.At, k.At, v.At, null, o.At, lse.At, scratch.At);
            for (var query = 0; query < 20; query++)
            {
                Assert.Equal(float.NaN, o[query * s.ORow]);
                Assert.Equal(float.NaN, lse[query]);
            }
        }
    }
}
