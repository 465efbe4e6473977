using FsCheck;
using FsCheck.Fluent;

namespace SafeTune.Tests.Data;

public sealed class NearestTests
{
    private static readonly string[] Methods = ["lora", "lora+zhang", "lora+safe", "full"];

    [Theory]
    [InlineData("lorra", "lora")]
    [InlineData("LORA+SAVE", "lora+safe")]
    [InlineData("lora+sfae", "lora+safe")]
    [InlineData("ful", "full")]
    public void A_typo_finds_what_was_meant(string typed, string meant) => Assert.Equal(meant, Nearest.Of(typed, Methods));

    [Theory]
    [InlineData("houlsby")]
    [InlineData("x")]
    [InlineData("")]
    public void A_word_far_from_all_finds_nothing(string typed) => Assert.Null(Nearest.Of(typed, Methods));

    [Fact]
    public void Nothing_known_finds_nothing() => Assert.Null(Nearest.Of("lora", []));

    [Fact]
    public void The_hint_is_the_end_of_a_sentence()
    {
        Assert.Equal(" Did you mean 'lora'?", Nearest.Hint("lroa", Methods));
        Assert.Equal("", Nearest.Hint("houlsby", Methods));
    }

    [Fact]
    public void A_known_word_finds_itself() =>
        Prop.ForAll<NonEmptyString, string[]>((word, others) =>
            Nearest.Of(word.Get, [.. others.OfType<string>(), word.Get])!.Equals(word.Get, StringComparison.OrdinalIgnoreCase)).QuickCheckThrowOnFailure();
}
