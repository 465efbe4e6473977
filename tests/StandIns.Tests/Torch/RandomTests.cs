using TorchSharp;
using static TorchSharp.torch;

namespace StandIns.Tests.Torch;

public sealed class RandomTests
{
    [Fact]
    public void A_seed_gives_pytorchs_numbers()
    {
        using var scope = NewDisposeScope();
        manual_seed(7);
        var drawn = randn(3).data<float>().ToArray();
        Assert.Equal([-0.1468f, 0.7861f, 0.9468f], drawn.Select(v => MathF.Round(v, 4)));
        Assert.Equal(7, initial_seed());
    }

    [Fact]
    public void A_restored_state_repeats_the_draws()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        randn(5);
        var state = get_rng_state();
        var first = randn(7);
        set_rng_state(state);
        Assert.True(first.Equals(randn(7)));
    }

    [Fact]
    public void A_generator_draws_like_its_seed_and_leaves_the_default_alone()
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        var expected = rand(4);
        var next = rand(4);

        manual_seed(5);
        var undisturbed = rand(4);
        manual_seed(5);
        using Generator generator = new(3);
        Assert.True(expected.Equals(rand([4L], generator: generator)));
        Assert.True(next.Equals(empty(4).uniform_(0, 1, generator)));
        Assert.True(undisturbed.Equals(rand(4)));
    }
}
