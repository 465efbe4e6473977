using TorchSharp;
using static TorchSharp.torch;

namespace SafeTune.Tests.Torch;

/// <summary>What members of TorchSharp really do where their names, or PyTorch's, say something else. A test that fails here tells that the package has changed, and what to write instead.</summary>
public sealed class TorchSharpTests
{
    private static readonly Tensor One = tensor(new[] { 1f }, [1, 1, 1]);
    private static readonly Tensor Two = tensor(new[] { 2f }, [1, 1, 1]);
    private static readonly Tensor Three = tensor(new[] { 3f }, [1, 1, 1]);

    /// <summary>PyTorch computes beta · input + alpha · b1 b2: 10 · 1 + 100 · 2 · 3.</summary>
    [Fact]
    public void The_static_baddbmm_takes_its_arguments_in_another_order()
    {
        Assert.Equal(10 * 3 + 100 * 1 * 2, baddbmm(One, Two, Three, beta: 10, alpha: 100).item<float>());
        Assert.Equal(10 * 1 + 100 * 2 * 3, Two.baddbmm(Three, One, beta: 10, alpha: 100).item<float>());
    }

    [Fact]
    public void Addmm_in_place_adds_the_product_to_the_tensor_itself()
    {
        using var sum = tensor(new[] { 1f }, [1, 1]);
        sum.addmm_(Two.view(1, 1), Three.view(1, 1), beta: 10, alpha: 100);
        Assert.Equal(10 * 1 + 100 * 2 * 3, sum.item<float>());
    }

    [Fact]
    public void A_literal_zero_as_a_dimension_is_taken_for_a_type()
    {
        using var rows = ones(3, 2);
        Assert.Equal(0, rows.sum(0).dim());
        Assert.Equal(1, rows.sum([0L]).dim());
    }

    [Fact]
    public void An_empty_tensor_has_no_array()
    {
        using var none = zeros(0, 3);
        Assert.ThrowsAny<Exception>(() => none.data<float>().ToArray());
    }

    [Fact]
    public void The_seed_decides_whole_numbers_of_63_bits()
    {
        long Drawn(long seed)
        {
            manual_seed(seed);
            return randint(0, long.MaxValue, [1], ScalarType.Int64).item<long>();
        }

        Assert.Equal(Drawn(1), Drawn(1));
        Assert.NotEqual(Drawn(1), Drawn(2));
        // Not the lower 32 bits alone.
        Assert.Contains(Enumerable.Range(0, 20), seed => Drawn(seed) > 1L << 60);
    }
}
