using SafeTune.Checkpoints.Pickles;
using static SafeTune.Tests.Checkpoints.Pickles.LegacyFile;

namespace SafeTune.Tests.Checkpoints.Pickles;

public sealed class UnpicklerTests
{
    [Theory]
    [InlineData("\u0080\u0002cos\nsystem\nU\u0004true\u0085R.", "'os.system'")]
    [InlineData("\u0080\u0002cos\nsystem\n.", "'os.system'")]
    [InlineData("\u0080\u0002c__builtin__\neval\n.", "'__builtin__.eval'")]
    [InlineData("\u0080\u0004\u008C\u0008builtins\u008C\u0004eval\u0093\u008C\u00011\u0085R.", "'builtins.eval'")]
    [InlineData("\u0080\u0004\u008C\u0005posix\u008C\u0006system\u0093.", "'posix.system'")]
    [InlineData("\u0080\u0002(U\u0004trueios\nsystem\n.", "'os.system'")]
    [InlineData("\u0080\u0002(cos\nsystem\nU\u0004trueo.", "'os.system'")]
    [InlineData("\u0080\u0002ctorch.storage\n_load_from_bytes\n.", "'torch.storage._load_from_bytes'")]
    [InlineData("\u0080\u0002ctorch._utils\n_rebuild_tensor_v2.__globals__\n.", "'torch._utils._rebuild_tensor_v2.__globals__'")]
    [InlineData("\u0080\u0002(ccollections\nOrderedDict\no.", "(OBJ)")]
    [InlineData("\u0080\u0002(icollections\nOrderedDict\n.", "(INST)")]
    [InlineData("\u0080\u0002ccollections\nOrderedDict\n)\u0081.", "(NEWOBJ)")]
    [InlineData("\u0080\u0004ccollections\nOrderedDict\n)}\u0092.", "(NEWOBJ_EX)")]
    [InlineData("\u0080\u0002ccollections\nOrderedDict\n}b.", "(BUILD)")]
    [InlineData("\u0080\u0002\u0082\u0001.", "(EXT1)")]
    [InlineData("\u0080\u0002\u0083\u0001\u0001.", "(EXT2)")]
    [InlineData("\u0080\u0002\u0084\u0001\u0001\u0001\u0001.", "(EXT4)")]
    public void What_no_tensor_needs_is_refused_by_name(string pickle, string name)
    {
        var message = Refusal(WithoutStorage(pickle));
        Assert.Contains(name, message, StringComparison.Ordinal);
        Assert.Contains("it was refused and nothing of it was run", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\u0080\u0002\u008B\u00FF\u00FF\u00FF\u00FF.", "a whole number of -1 bytes")]
    [InlineData("\u0080\u0002\u008B\u00FF\u00FF\u00FF\u007F.", "a whole number of 2147483647 bytes")]
    [InlineData("\u0080\u0002X\u00FF\u00FF\u00FF\u00FFa.", "claims 4294967295 bytes")]
    [InlineData("\u0080\u0004\u008D\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u00FFa.", "claims 18446744073709551615 bytes")]
    [InlineData("\u0080\u0002B\u00FF\u00FF\u00FF\u007Fa.", "claims 2147483647 bytes")]
    [InlineData("\u0080\u0002Nr\u00FF\u00FF\u00FF\u00FF.", "remembers a value as number 4294967295")]
    [InlineData("\u0080\u0002h\u0005.", "recalls value 5")]
    [InlineData("\u0080\u0002R.", "takes more values than it has")]
    [InlineData("\u0080\u0002N(\u0085.", "takes more values than it has")]
    [InlineData("\u0080\u0002t.", "never began")]
    [InlineData("\u0080\u0002NNa.", "appends to what is no list")]
    [InlineData("\u0080\u0002}(Nu.", "without a value")]
    [InlineData("\u0080\u0002NQ.", "no storage of numbers")]
    [InlineData("\u0080\u0002U\u0001\u00FF.", "not UTF-8")]
    [InlineData("\u0080\u0002I1x\n.", "whole number that is none")]
    [InlineData("\u0080\u0009.", "protocol 9")]
    [InlineData("\u0080\u0002\u0001.", "opcode 0x01")]
    [InlineData("\u0080\u0002ctorch._utils\n_rebuild_tensor_v2\n)R.", "with arguments that torch.save does not write")]
    [InlineData("\u0080\u0002ctorch\nFloatStorage\n)R.", "with arguments that torch.save does not write")]
    public void A_damaged_pickle_is_refused_in_one_sentence(string pickle, string says) =>
        Assert.Contains(says, Refusal(WithoutStorage(pickle)), StringComparison.Ordinal);

    [Fact]
    public void A_line_without_an_end_is_refused() =>
        Assert.Contains("line of more than 1000 bytes", Refusal(WithoutStorage("\u0080\u0002L" + new string('9', 1_000_000))), StringComparison.Ordinal);

    [Fact]
    public void Marks_without_an_end_are_refused() =>
        Assert.Contains("more than 5000000 operations", Refusal(WithoutStorage("\u0080\u0002" + new string('(', 6_000_000))), StringComparison.Ordinal);

    // Each tuple holds the one before twice: 2 to the power of 100,000 leaves to whoever copies, compares or prints them.
    [Fact]
    public void References_to_references_cost_nothing()
    {
        var laughs = ")" + string.Concat(Enumerable.Range(0, 100_000).Select(_ => "2\u0086"));
        Assert.Equal(1, Entries(With(Mapping(Tensor(2, 0, "2", "1"), laughs + "2\u0086Ns" + Text("b") + laughs + "s"), 2)));
    }

    [Fact]
    public void A_list_that_holds_itself_is_harmless() => Assert.Equal(1, Entries(With(Mapping(Tensor(2, 0, "2", "1"), Text("b") + "]q\u0001h\u0001as"), 2)));

    [Theory]
    [InlineData(2, 0, "3", "1", "leaves its storage of 2 elements")]
    [InlineData(2, 1, "2", "1", "leaves its storage")]
    [InlineData(4, 0, "2 2", "3 1", "leaves its storage")]
    [InlineData(4, 0, "2", "9223372036854775807", "leaves its storage")]
    [InlineData(4, 9223372036854775807, "2", "9223372036854775807", "leaves its storage")]
    [InlineData(4, 0, "4611686018427387904 4", "0 0", "64-bit")]
    [InlineData(4, 0, "1000000000000", "0", "repeats a storage of 4 elements")]
    [InlineData(4, 0, "0 9223372036854775807 9223372036854775807", "1 1 1", "64-bit")]
    [InlineData(4, 0, "-2", "1", "none below 0")]
    [InlineData(4, 3, "2", "-1", "none below 0")]
    [InlineData(4, -1, "2", "1", "none below 0")]
    [InlineData(4, 0, "2 2", "1", "as many strides as sizes")]
    public void A_tensor_outside_its_storage_is_refused(int elements, long offset, string shape, string strides, string says)
    {
        var message = Refusal(With(Mapping(Tensor(elements, offset, shape, strides)), elements));
        Assert.Contains("tensor 'a'", message, StringComparison.Ordinal);
        Assert.Contains(says, message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_storage_that_claims_more_than_the_file_has_is_refused() =>
        Assert.Contains("does not fit", Refusal([.. With(Mapping(Tensor(2, 0, "2", "1")), 2)[..^1]]), StringComparison.Ordinal);

    [Fact]
    public void A_big_endian_file_is_refused()
    {
        var text = System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(Golden.Path("pickles/plain.legacy.bin")));
        var key = text.IndexOf("little_endian", StringComparison.Ordinal);
        var flag = text.IndexOf('\u0088', key);
        Assert.Contains("big-endian", Refusal(System.Text.Encoding.Latin1.GetBytes(text[..flag] + '\u0089' + text[(flag + 1)..])), StringComparison.Ordinal);
    }

    private static string Refusal(byte[] bytes)
    {
        using var file = new TemporaryFile();
        File.WriteAllBytes(file.Path, bytes);
        var message = Assert.Throws<UsageException>(() => PickleFile.Open(file.Path)).Message;
        Assert.Contains(file.Path, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
        return message;
    }

    private static int Entries(byte[] bytes)
    {
        using var file = new TemporaryFile();
        File.WriteAllBytes(file.Path, bytes);
        using var open = PickleFile.Open(file.Path);
        return open.Entries.Count;
    }
}
