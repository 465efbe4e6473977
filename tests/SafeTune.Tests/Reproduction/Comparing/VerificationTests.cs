namespace SafeTune.Tests.Reproduction.Comparing;

public sealed class VerificationTests : IDisposable
{
    private readonly ResultsBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void Verified_results_hold()
    {
        var (held, output) = _bench.Verify();
        Assert.True(held);
        Assert.Equal("mini/demo: 18 same.\nEverything holds.\n", output.ReplaceLineEndings("\n"));
    }

    [Fact]
    public void A_changed_result_does_not()
    {
        _bench.Plant(",f1,81,", ",f1,50,");
        var (held, output) = _bench.Verify();
        Assert.False(held);
        Assert.Contains("  worse: lora on mrpc, seed 1 (small): f1 was 81, is 50, band ± 1", output, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unexplained_improvement_does_not_hold_either()
    {
        _bench.Plant(",f1,81,", ",f1,95,");
        Assert.False(_bench.Verify().Held);
    }

    [Fact]
    public void Nor_does_an_edited_verified_file()
    {
        _bench.Plant(",10000000,7000000,", ",10000000,7000001,", ResultsBench.Verified);
        Assert.False(_bench.Verify().Held);
    }

    [Fact]
    public void What_nobody_verified_is_said_loudly()
    {
        File.Delete(Path.Combine(_bench.Shop.Root, ResultsBench.Verified));
        var (held, output) = _bench.Verify();
        Assert.False(held);
        Assert.Contains("nobody verified this table yet", output, StringComparison.Ordinal);
        Assert.Contains("NOBODY VERIFIED, new: lora on mrpc, seed 1 (small): f1", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Results_that_are_gone_are_missed()
    {
        File.Delete(Path.Combine(_bench.Shop.Root, ResultsBench.Results));
        var (held, output) = _bench.Verify();
        Assert.False(held);
        Assert.Contains("the results are gone", output, StringComparison.Ordinal);
        Assert.False(_bench.Verify(accept: true).Held);
    }

    [Fact]
    public void Accepting_shows_the_difference_first_and_then_holds()
    {
        _bench.Plant(",f1,81,", ",f1,50,");
        var (held, output) = _bench.Verify(accept: true);
        Assert.True(held);
        Assert.True(output.IndexOf("f1 was 81, is 50", StringComparison.Ordinal) < output.IndexOf("accepted: ", StringComparison.Ordinal) && output.Contains("f1 was 81, is 50", StringComparison.Ordinal));
        Assert.Equal(_bench.Shop.Read(ResultsBench.Results), _bench.Shop.Read(ResultsBench.Verified));
        Assert.True(_bench.Verify().Held);
    }

    [Fact]
    public void Broken_results_are_not_accepted()
    {
        string before = _bench.Shop.Read(ResultsBench.Verified);
        _bench.Plant(",f1,81,", ",f1,many,");
        Assert.Contains("'many' is no value for value", Assert.Throws<UsageException>(() => _bench.Verify(accept: true)).Message, StringComparison.Ordinal);
        Assert.Equal(before, _bench.Shop.Read(ResultsBench.Verified));
    }

    [Fact]
    public void Without_a_scale_all_are_looked_at()
    {
        _bench.Shop.Put("results/mini-gpu/demo.csv", _bench.Shop.Read(ResultsBench.Results));
        var (held, output) = _bench.Verify(scale: null);
        Assert.False(held);
        Assert.Contains("mini/demo: 18 same.", output, StringComparison.Ordinal);
        Assert.Contains("mini-gpu/demo: nobody verified", output, StringComparison.Ordinal);
    }
}
