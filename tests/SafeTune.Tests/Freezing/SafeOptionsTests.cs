using SafeTune.Freezing;

namespace SafeTune.Tests.Freezing;

public sealed class SafeOptionsTests
{
    [Theory]
    [InlineData(1, 2, 0.6)]
    [InlineData(5, 2, 3)]
    [InlineData(10, 3, 6)]
    [InlineData(15, 5, 9)]
    [InlineData(80, 24, 48)]
    public void Fractions_become_probes(int total, int cap, double freezeEnd)
    {
        var schedule = new SafeOptions().Resolve(total);
        Assert.Equal(cap, schedule.WarmUpCap);
        Assert.Equal(freezeEnd, schedule.FreezeEnd, 12);
    }

    [Fact]
    public void Epochs_are_multiplied_by_the_probes_of_an_epoch()
    {
        var options = new SafeOptions { ProbesPerEpoch = 2, WarmUpCapEpochs = 2.5, FreezeEndEpochs = 4 };
        Assert.Equal(10, options.TotalProbes(5));
        var schedule = options.Resolve(10);
        Assert.Equal((5, 8.0), (schedule.WarmUpCap, schedule.FreezeEnd));
    }

    [Fact]
    public void Cka_is_centred_unless_asked_otherwise() => Assert.True(new SafeOptions().CentreCka);

    [Fact]
    public void Without_a_cap_there_is_none() => Assert.Null(new SafeOptions { WarmUpCap = null }.Resolve(10).WarmUpCap);

    [Fact]
    public void A_third_of_a_probe_an_epoch_loses_none_to_rounding() => Assert.Equal(10, new SafeOptions { ProbesPerEpoch = 1 / 3.0 }.TotalProbes(30));

    [Fact]
    public void An_option_out_of_range_is_named_with_its_value()
    {
        var error = Assert.Throws<UsageException>(() => new SafeOptions { TauFinal = 1.5 }.Resolve(10));
        Assert.Equal("SAFE's option TauFinal is 1.5, expected a number between 0 and 1.", error.Message);
        Assert.Throws<UsageException>(() => new SafeOptions { Consecutive = 0 }.Resolve(10));
        Assert.Throws<UsageException>(() => new SafeOptions { RelativeChange = double.NaN }.Resolve(10));
        Assert.Throws<UsageException>(() => new SafeOptions().Resolve(0));
    }
}
