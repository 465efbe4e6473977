namespace SafeTune.Tests;

public sealed class ByteSizeTests
{
    [Theory]
    [InlineData("8GiB", 8L << 30)]
    [InlineData("1.5 MiB", 3L << 19)]
    [InlineData("500MB", 500_000_000)]
    [InlineData("2tb", 2_000_000_000_000)]
    [InlineData("12345", 12345)]
    [InlineData("64B", 64)]
    public void Sizes_are_read(string text, long bytes) => Assert.Equal(bytes, ByteSize.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("GiB")]
    [InlineData("-1GB")]
    [InlineData("many")]
    [InlineData("1e30GB")]
    [InlineData("NaN")]
    public void What_is_no_size_is_refused(string text) => Assert.Contains("8GiB", Assert.Throws<UsageException>(() => ByteSize.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Sizes_are_written_for_people()
    {
        Assert.Equal("1.5 MiB", ByteSize.Words(3L << 19));
        Assert.Equal("8.00 GiB", ByteSize.Words(8L << 30));
    }
}
