using SafeTune.Kernels;

namespace SafeTune.Tests.Kernels;

public sealed unsafe class DropoutKernelTests
{
    /// <summary>The published known answer of Philox4x32-10 (Random123's kat_vectors): counter 0, key 0.</summary>
    [Theory]
    [ClassData(typeof(Widths))]
    public void Dropout_draws_Philoxs_numbers(string width)
    {
        uint[] words = [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8];
        for (var value = 0; value < 8; value++)
        {
            var drawn = (words[value / 2] >> (16 * (value % 2))) & 0xFFFF;
            // An element stays as long as the threshold is no larger than what was drawn for it.
            Assert.Equal(2, Factors(width, new(Seed: 0, drawn, Scale: 2), tile: 0, tiles: 1)[8 * value]);
            Assert.Equal(0, Factors(width, new(Seed: 0, drawn + 1, Scale: 2), tile: 0, tiles: 1)[8 * value]);
        }
    }

    [Theory]
    [ClassData(typeof(Widths))]
    public void Factors_are_those_of_a_plain_Philox(string width)
    {
        // Counters beyond 32 bits too.
        (ulong Seed, ulong Tile)[] starts = [(7, 0), (0xFEDCBA9876543210, 3), (ulong.MaxValue, (1UL << 29) - 2), (1UL << 63, 1UL << 40)];
        foreach (var (seed, tile) in starts)
        {
            var rule = DropoutRule.Of(seed, 0.3);
            Assert.Equal(PlainFactors(rule, tile, 5), Factors(width, rule, tile, 5).Span.ToArray());
        }
    }

    [Theory]
    [ClassData(typeof(Widths))]
    public void Dropout_multiplies_by_its_factors_whatever_the_count(string width)
    {
        var rule = DropoutRule.Of(9, 0.1);
        foreach (var count in new[] { 1, 3, 63, 64, 65, 130, 200 })
        {
            var x = FloatBlock.Random(new(count), count);
            var y = new FloatBlock(count);
            Widths.Named(width).Dropout(rule, 11, count, x.At, y.At);
            var factors = PlainFactors(rule, 11, CpuKernels.TilesOf(count));
            double[] expected = [.. Enumerable.Range(0, count).Select(i => (double)(x[i] * factors[i]))];
            y.Check(expected, 0, $"{count} elements");
            Widths.Named(width).Dropout(rule, 11, count, x.At, x.At);
            x.Check(expected, 0, $"{count} elements in place");
        }
    }

    [Theory]
    [InlineData(0, 0, 1)]
    [InlineData(0.1, 6554, 1.1111187)]
    [InlineData(0.5, 32768, 2)]
    public void The_rule_rounds_its_probability_to_16_bits(double probability, uint threshold, float scale)
    {
        var rule = DropoutRule.Of(1, probability);
        Assert.Equal(threshold, rule.Threshold);
        Assert.Equal(scale, rule.Scale, 1e-6f);
    }

    private static FloatBlock Factors(string width, DropoutRule rule, ulong tile, long tiles)
    {
        var factors = new FloatBlock(tiles * CpuKernels.TileWidth);
        Widths.Named(width).KeepFactors(rule, tile, tiles, factors.At);
        return factors;
    }

    /// <summary>Element 8 v + i of a tile from 16-bit value v of counter 8 * tile + i, one counter at a time.</summary>
    internal static float[] PlainFactors(DropoutRule rule, ulong firstTile, long tiles)
    {
        var factors = new float[tiles * CpuKernels.TileWidth];
        for (var tile = 0; tile < tiles; tile++)
        {
            for (var i = 0; i < 8; i++)
            {
                var words = Draw(rule.Seed, ((firstTile + (ulong)tile) * 8) + (ulong)i);
                for (var value = 0; value < 8; value++)
                {
                    var drawn = (words[value / 2] >> (16 * (value % 2))) & 0xFFFF;
                    factors[(tile * CpuKernels.TileWidth) + (8 * value) + i] = drawn >= rule.Threshold ? rule.Scale : 0;
                }
            }
        }
        return factors;
    }

    private static uint[] Draw(ulong seed, ulong counter)
    {
        uint[] c = [(uint)counter, (uint)(counter >> 32), 0, 0];
        var (key0, key1) = ((uint)seed, (uint)(seed >> 32));
        for (var round = 0; round < 10; round++, key0 += 0x9E3779B9, key1 += 0xBB67AE85)
        {
            var (left, right) = (0xD2511F53UL * c[0], 0xCD9E8D57UL * c[2]);
            c = [(uint)(right >> 32) ^ c[1] ^ key0, (uint)right, (uint)(left >> 32) ^ c[3] ^ key1, (uint)left];
        }
        return c;
    }
}
