using SafeTune.Data;

namespace SafeTune.Tests.Data;

public sealed class SnappyTests
{
    [Fact]
    public void Literals_and_copies_unpack()
    {
        // "ab", then four bytes from two back: the copy reads what it writes.
        Assert.Equal("ababab"u8.ToArray(), Snappy.Unpack([6, 1 << 2, .. "ab"u8, 1, 2], 6));
        // Offsets of two and four bytes.
        Assert.Equal("abcabab"u8.ToArray(), Snappy.Unpack([7, 2 << 2, .. "abc"u8, 1 << 2 | 2, 3, 0, 1 << 2 | 3, 2, 0, 0, 0], 7));
        // A literal whose length has a byte of its own.
        byte[] long70 = [.. Enumerable.Range(0, 70).Select(i => (byte)i)];
        Assert.Equal(long70, Snappy.Unpack([70, 60 << 2, 69, .. long70], 70));
        Assert.Empty(Snappy.Unpack([0], 0));
    }

    [Theory]
    [InlineData("it claims 7 bytes, its page 6", 6, 7, 0)]
    [InlineData("cannot hold 2000000000", 2_000_000_000, 0x80, 0xA8, 0xD6, 0xB9, 0x07, 0)]
    [InlineData("its length is cut", 1)]
    [InlineData("its length is cut", 1, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01, 0)]
    [InlineData("a literal is longer than what is left", 6, 6, 5 << 2, 1)]
    [InlineData("a literal is longer than what is left", 6, 6, 63 << 2, 0xFF, 0xFF, 0xFF, 0xFF)]
    [InlineData("a literal is cut", 6, 6, 60 << 2)]
    [InlineData("a copy is cut", 6, 6, 0, 1, 2, 1)]
    [InlineData("a copy reaches beyond what there is", 6, 6, 0, 65, 1, 0)]
    [InlineData("a copy reaches beyond what there is", 6, 6, 0, 65, 1, 2)]
    [InlineData("a copy reaches beyond what there is", 2, 2, 0, 65, 1, 1)]
    [InlineData("it holds 1 bytes of 6", 6, 6, 0, 65)]
    public void Damage_is_told(string says, int length, params int[] packed) =>
        Assert.Contains(says, Assert.Throws<InvalidDataException>(() => Snappy.Unpack([.. packed.Select(value => (byte)value)], length)).Message, StringComparison.Ordinal);
}
