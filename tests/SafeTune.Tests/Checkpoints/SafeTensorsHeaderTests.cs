using SafeTune.Checkpoints;

namespace SafeTune.Tests.Checkpoints;

public sealed class SafeTensorsHeaderTests
{
    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 7, "'a'", "truncated")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 9, "byte 8", "holds 9")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "'a' begins at byte 4", "hole")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[4],"data_offsets":[6,10]}}""", 10, "'b' begins at byte 6", "overlaps")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[0],"data_offsets":[4,4]}}""", 8, "'b' begins at byte 4", "expected 8 (it overlaps")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[0],"data_offsets":[9,9]}}""", 8, "'b' begins at byte 9", "hole")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, "'a' of shape [3]", "needs 12 bytes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", 8, "'a'", "before it begins")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 8, "'a'", "twice")]
    [InlineData("""{"a":{"dtype":"F32","shape":[9223372036854775807,9223372036854775807],"data_offsets":[0,8]}}""", 8, "'a'", "64-bit")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}""", 0, "'a'", "64-bit")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,0]}}""", 0, "'a'", "64-bit")]
    [InlineData("""{"a":{"dtype":"F32","shape":[18446744073709551616],"data_offsets":[0,0]}}""", 0, "'a'", "18446744073709551616")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-2,-1],"data_offsets":[0,8]}}""", 8, "'a'", "has -2 in its shape")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}""", 8, "'a'", "2.5")]
    [InlineData("""{"a":{"dtype":"F32","shape":"2","data_offsets":[0,8]}}""", 8, "'a'", "array")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,9]}}""", 8, "'a'", "data_offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2]}}""", 8, "'a'", "lacks")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"more":1}}""", 8, "'a'", "'more'")]
    [InlineData("""{"a":{"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]}}""", 8, "'a'", "F8_E4M3")]
    [InlineData("""{"a":[0,8]}""", 8, "'a'", "Array")]
    [InlineData("""{"__metadata__":{"format":1}}""", 0, "__metadata__", "'format'")]
    [InlineData("""{"__metadata__":{"a":"1","a":"2"}}""", 0, "__metadata__", "twice")]
    [InlineData("""{"__metadata__":{},"__metadata__":{}}""", 0, "__metadata__", "twice")]
    [InlineData("""{"a":""", 0, "not JSON", "byte")]
    [InlineData(""" {}""", 0, "does not begin", "'{'")]
    [InlineData("""[]""", 0, "does not begin", "'{'")]
    [InlineData("""{"\ud800":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 8, "not valid Unicode", "header")]
    public void A_header_that_breaks_a_rule_is_refused_in_one_sentence(string header, int dataBytes, string names, string says)
    {
        using var file = TemporaryFile.With(header, new byte[dataBytes]);
        var error = Assert.Throws<UsageException>(() => SafeTensorsFile.Open(file.Path));
        Assert.Contains(file.Path, error.Message, StringComparison.Ordinal);
        Assert.Contains(names, error.Message, StringComparison.Ordinal);
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData(100_000_001UL, "at most 100000000")]
    [InlineData(ulong.MaxValue, "at most 100000000")]
    [InlineData(3UL, "only 2 follow")]
    public void A_header_length_that_cannot_be_is_refused(ulong claimed, string says)
    {
        using var file = TemporaryFile.With("{}", [], claimed);
        Assert.Contains(says, Assert.Throws<UsageException>(() => SafeTensorsFile.Open(file.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_too_short_for_a_header_is_refused()
    {
        using var file = new TemporaryFile();
        File.WriteAllBytes(file.Path, [1, 2, 3]);
        Assert.Contains("it has 3 bytes", Assert.Throws<UsageException>(() => SafeTensorsFile.Open(file.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_named() =>
        Assert.Equal("There is no file /nowhere/x.safetensors; expected a safetensors file.", Assert.Throws<UsageException>(() => SafeTensorsFile.Open("/nowhere/x.safetensors")).Message);

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"__metadata__":{"format":"pt"}}      """)]
    [InlineData("""{"b":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"I64","shape":[3,0,2],"data_offsets":[0,0]}}""")]
    public void A_file_without_data_is_valid(string header)
    {
        using var file = TemporaryFile.With(header, []);
        using var open = SafeTensorsFile.Open(file.Path);
        Assert.All(open.Entries.Values, e => Assert.Equal(0, e.Bytes));
    }

    [Fact]
    public void Tensors_need_not_be_listed_in_the_order_of_their_data()
    {
        using var file = TemporaryFile.With("""{"b":{"data_offsets":[8,10],"dtype":"U8","shape":[2]},"a":{"shape":[],"dtype":"F64","data_offsets":[0,8]}}""", [0, 0, 0, 0, 0, 0, 0xF0, 0x3F, 7, 9]);
        using var open = SafeTensorsFile.Open(file.Path);
        using var last = open.Read("b");
        using var first = open.Read("a");
        Assert.Equal(new byte[] { 7, 9 }, last.data<byte>().ToArray());
        Assert.Equal((0, 1.0), (first.shape.Length, first.item<double>()));
    }
}
