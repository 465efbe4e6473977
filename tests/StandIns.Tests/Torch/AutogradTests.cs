using TorchSharp;
using static TorchSharp.torch;

namespace StandIns.Tests.Torch;

public sealed class AutogradTests
{
    [Fact]
    public void A_gradient_of_a_gradient_needs_create_graph()
    {
        using var scope = NewDisposeScope();
        var x = tensor([1f, 2f], requires_grad: true);
        var first = autograd.grad([x.pow(3).sum()], [x], retain_graph: true, create_graph: true)[0];
        var second = autograd.grad([first.sum()], [x])[0];
        Assert.Equal([3f, 12f], first.data<float>().ToArray());
        Assert.Equal([6f, 12f], second.data<float>().ToArray());
    }

    [Fact]
    public void An_unused_input_comes_back_invalid_not_null()
    {
        using var scope = NewDisposeScope();
        var (x, unused) = (ones(2).requires_grad_(), ones(2).requires_grad_());
        var found = autograd.grad([x.sum()], [x, unused], allow_unused: true);
        Assert.False(found[0].IsInvalid);
        Assert.True(found[1].IsInvalid);
    }

    [Fact]
    public void Backward_fills_grad_and_null_drops_it()
    {
        using var scope = NewDisposeScope();
        var x = ones(2).requires_grad_();
        (x * 3).sum().backward();
        Assert.Equal([3f, 3f], x.grad!.data<float>().ToArray());
        x.grad = null;
        Assert.Null(x.grad);
    }

    [Fact]
    public void Outside_of_grad_mode_nothing_is_recorded()
    {
        using var scope = NewDisposeScope();
        var x = ones(2).requires_grad_();
        using (no_grad())
        {
            Assert.False((x * 2).requires_grad);
            using (enable_grad()) Assert.True((x * 2).requires_grad);
        }
        Assert.True(is_grad_enabled());
    }

    [Fact]
    public void Inference_mode_ends_with_its_block()
    {
        using (inference_mode()) Assert.True(is_inference_mode_enabled());
        Assert.False(is_inference_mode_enabled());
        Assert.True(is_grad_enabled());
    }

    [Fact]
    public void A_detached_tensor_shares_memory_and_is_a_leaf()
    {
        using var scope = NewDisposeScope();
        var y = ones(2).requires_grad_() * 2;
        var detached = y.detach();
        Assert.True(detached.is_leaf);
        detached.fill_(7);
        Assert.Equal(14, y.sum().ToSingle());
    }
}
