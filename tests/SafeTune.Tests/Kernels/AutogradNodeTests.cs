using SafeTune.Kernels;
using SafeTune.Measurement;
using static TorchSharp.torch;

namespace SafeTune.Tests.Kernels;

public sealed class AutogradNodeTests
{
    [Fact]
    public void Gradients_of_a_retained_graph_can_be_asked_for_again()
    {
        using var x = tensor(new[] { 1f, 2f }).requires_grad_();
        using var y = Square(x);
        using var above = ones(2);
        using var first = autograd.grad([y], [x], [above], retain_graph: true)[0];
        using var second = autograd.grad([y], [x], [above])[0];
        Assert.Equal([2f, 4f], first.data<float>().ToArray());
        Assert.Equal([2f, 4f], second.data<float>().ToArray());
    }

    [Fact]
    public void A_graph_that_was_not_retained_says_so_the_second_time()
    {
        using var x = tensor(new[] { 1f, 2f }).requires_grad_();
        using var y = Square(x);
        using var above = ones(2);
        y.Backward(above);
        var refused = Assert.ThrowsAny<Exception>(() => y.Backward(above));
        Assert.Contains("retain_graph", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_backward_pass_throws_comes_out_of_Backward()
    {
        using var x = ones(3).requires_grad_();
        using var y = zeros(3);
        AutogradNode.Attach([x], [y], [], (_, _) => throw new InvalidOperationException("no memory left"));
        using var loss = y.sum();
        Assert.Equal("no memory left", Assert.Throws<InvalidOperationException>(loss.Backward).Message);
    }

    [Fact]
    public void What_it_throws_under_TorchSharps_own_backward_appears_at_the_next_kernel()
    {
        using var x = ones(3).requires_grad_();
        using var y = zeros(3);
        AutogradNode.Attach([x], [y], [], (_, _) => throw new InvalidOperationException("no memory left"));
        using (var loss = y.sum()) loss.backward();
        Assert.Equal("no memory left", Assert.Throws<InvalidOperationException>(() => Square(x)).Message);
        Square(x).Dispose();
    }

    [Fact]
    public void What_was_saved_is_freed_by_the_backward_pass_while_the_loss_is_still_there()
    {
        const long bytes = 1 << 20;
        using var x = ones(bytes / sizeof(float)).requires_grad_();
        using var meter = MemoryMeter.TryStart(CPU, out _)!;
        using var loss = SumOfSquares(x);
        Assert.InRange(meter.CurrentBytes, bytes, bytes + 4096);
        loss.Backward();
        // The gradient has come, what was saved has gone.
        Assert.InRange(meter.CurrentBytes, bytes, bytes + 4096);
        x.grad = null;
        Assert.InRange(meter.CurrentBytes, 0, 4096);
    }

    [Fact]
    public void What_was_saved_is_freed_with_the_last_output_where_no_backward_pass_runs()
    {
        const long bytes = 1 << 20;
        using var x = ones(bytes / sizeof(float)).requires_grad_();
        using var meter = MemoryMeter.TryStart(CPU, out _)!;
        SumOfSquares(x).Dispose();
        Assert.InRange(meter.CurrentBytes, 0, 4096);
    }

    [Fact]
    public void An_output_that_was_changed_in_place_cannot_be_differentiated()
    {
        using var x = ones(3).requires_grad_();
        using var y = FusedNorm(x);
        using (no_grad()) y.add_(1);
        using var loss = y.sum();
        Assert.Contains("modified by an inplace operation", Assert.ThrowsAny<Exception>(loss.Backward).Message, StringComparison.Ordinal);
    }

    // Saves a copy of its input.
    private static Tensor SumOfSquares(Tensor x)
    {
        using var copy = x.detach().clone();
        using var y = zeros(1);
        AutogradNode.Attach([x], [y], [copy], (above, saved) => [saved[0]! * (2 * above[0]!.item<float>())]);
        return y.alias();
    }

    private static Tensor Square(Tensor x)
    {
        using var plain = x.detach();
        var y = plain * plain;
        AutogradNode.Attach([x], [y], [x], (above, saved) => [2 * saved[0]! * above[0]!]);
        return y;
    }

    private static Tensor FusedNorm(Tensor x)
    {
        using Tensor weight = ones(3), bias = zeros(3);
        return NormOperator.Apply(f: null, x, weight, bias, eps: 1e-5, dropout: 0);
    }
}
