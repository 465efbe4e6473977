using SafeTune.Models;
using TorchSharp;

namespace SafeTune.Tests.Models;

public sealed class DropoutTests
{
    [Fact]
    public void Drops_the_asked_share_and_keeps_the_mean()
    {
        torch.manual_seed(1);
        var dropout = new Dropout(0.1);
        dropout.Train();
        using var y = dropout.Forward(torch.ones(1000, 1000));
        Assert.Equal(0.1, y.eq(0).to(torch.ScalarType.Float64).mean().item<double>(), 3);
        Assert.Equal(1, y.mean().item<float>(), 2);
        Assert.Equal(1 / 0.9f, y.max().item<float>(), 5);
    }

    [Fact]
    public void Its_gradient_is_its_mask()
    {
        torch.manual_seed(1);
        var dropout = new Dropout(0.3);
        dropout.Train();
        using var x = torch.ones(50, 50).requires_grad_();
        using var y = dropout.Forward(x);
        y.sum().backward();
        Assert.True(x.grad!.eq(y.detach()).all().item<bool>());
    }

    [Fact]
    public void Does_nothing_in_evaluation()
    {
        using var x = torch.randn(10, 10);
        using var y = new Dropout(0.5).Forward(x);
        Assert.True(x.eq(y).all().item<bool>());
    }
}
