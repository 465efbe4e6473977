using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace StandIns.Tests.Torch;

public sealed class TensorTests
{
    [Fact]
    public void An_error_of_libtorch_is_an_external_exception_with_its_sentence()
    {
        using var scope = NewDisposeScope();
        var error = Assert.Throws<ExternalException>(() => ones(2, 3).mm(ones(2, 3)));
        Assert.Equal("mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)", error.Message);
    }

    [Fact]
    public void A_disposed_tensor_says_so()
    {
        var gone = ones(1);
        gone.Dispose();
        Assert.Throws<InvalidOperationException>(() => gone.shape);
    }

    [Fact]
    public void Half_and_bfloat16_keep_their_bits()
    {
        using var scope = NewDisposeScope();
        Assert.Equal([(Half)1.5f, Half.NegativeInfinity], tensor([(Half)1.5f, Half.NegativeInfinity]).data<Half>().ToArray());
        var x = tensor([1.01f, -3f, float.NaN]).bfloat16();
        Assert.Equal([1.0078125f, -3f, float.NaN], x.data<BFloat16>().ToArray().Select(v => v.ToSingle()));
        Assert.Equal(x.data<BFloat16>()[0], new BFloat16(1.01f));
        Assert.Equal(1.0078125f, x[0].ToSingle());
    }

    [Fact]
    public void An_accessor_follows_strides()
    {
        using var scope = NewDisposeScope();
        var transposed = tensor([1f, 2f, 3f, 4f, 5f, 6f], [2, 3]).t();
        Assert.Equal([1f, 4f, 2f, 5f, 3f, 6f], transposed.data<float>().ToArray());
        Assert.Equal(5f, transposed.data<float>()[1, 1]);
        transposed.data<float>().CopyFrom([9f, 8f]);
        Assert.Equal([9f, 8f], transposed[0].data<float>().ToArray());
    }

    [Fact]
    public void The_wrong_element_type_is_refused() =>
        Assert.Throws<ArgumentException>(() => ones(1).data<long>());

    [Fact]
    public void Bytes_are_the_tensors_own_memory()
    {
        using var x = zeros(2, ScalarType.Int32);
        x.bytes[4] = 7;
        Assert.Equal([0, 7], x.data<int>().ToArray());
    }

    [Fact]
    public void Indices_mix_numbers_ranges_and_positions()
    {
        using var scope = NewDisposeScope();
        var x = arange(12).view(3, 4);
        Assert.Equal([5L, 6L], x[1, 1..3].data<long>().ToArray());
        Assert.Equal([3L, 7L, 11L], x[TensorIndex.Ellipsis, TensorIndex.Single(-1)].data<long>().ToArray());
        Assert.Equal([0L, 2L, 4L, 6L, 8L, 10L], x[TensorIndex.Colon, TensorIndex.Tensor(tensor(new long[] { 0, 2 }))].flatten().data<long>().ToArray());
        Assert.Equal([10L, 11L], x[TensorIndex.Tensor(x > 9)].data<long>().ToArray());
        x[.., 0] = tensor(-1L);
        Assert.Equal([-1L, -1L, -1L], x.select(1, 0).data<long>().ToArray());
    }

    [Fact]
    public void A_conversion_makes_a_new_object_that_may_share_memory()
    {
        using var x = ones(2);
        using var same = x.to(ScalarType.Float32);
        Assert.NotSame(x, same);
        same.fill_(3);
        Assert.Equal([3f, 3f], x.data<float>().ToArray());
    }

    [Fact]
    public void Unnamed_types_follow_the_scalars()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(ScalarType.Int64, arange(3).dtype);
        Assert.Equal(ScalarType.Float32, arange(0, 1, 0.5).dtype);
        Assert.Equal(ScalarType.Float64, tensor(1.5).dtype);
        Assert.Equal(ScalarType.Int64, tensor(new long[] { 1 }).dtype);
    }

    [Fact]
    public void Attention_is_the_same_composed_or_fused()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var (q, k, v) = (randn(1, 2, 4, 3), randn(1, 2, 4, 3), randn(1, 2, 4, 3));
        var scores = q.matmul(k.transpose(-2, -1)) / Math.Sqrt(3);
        var later = ones(4, 4, ScalarType.Bool).triu(1);
        var expected = scores.masked_fill(later, double.NegativeInfinity).softmax(-1).matmul(v);
        Assert.True(expected.allclose(nn.functional.scaled_dot_product_attention(q, k, v, is_casual: true), 1e-5, 1e-6));
    }
}
