using SafeTune.Checkpoints;
using TorchSharp;
using Xunit.Abstractions;
using static TorchSharp.torch;

namespace SafeTune.Tests.Checkpoints;

public sealed class SafeTensorsTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("bert/classification/model.safetensors")]
    [InlineData("bert/classification/golden.safetensors")]
    [InlineData("cka/inputs.safetensors")]
    public void A_file_of_the_reference_implementation_is_written_back_byte_for_byte(string golden)
    {
        using var scope = NewDisposeScope();
        using var target = new TemporaryFile();
        using (var source = SafeTensorsFile.Open(Golden.Path(golden)))
        {
            SafeTensors.Write(target.Path, source.Entries.Keys.Reverse().Select(name => (name, source.Read(name))), source.Metadata);
            output.WriteLine($"{source.Entries.Count} tensors");
        }
        Assert.Equal(File.ReadAllBytes(Golden.Path(golden)), File.ReadAllBytes(target.Path));
    }

    [Fact]
    public void Metadata_of_the_reference_is_read()
    {
        using var file = SafeTensorsFile.Open(Golden.Path("bert/classification/model.safetensors"));
        Assert.Equal("pt", file.Metadata["format"]);
        Assert.Equal([32L], file.Entries["bert.embeddings.LayerNorm.bias"].Shape);
    }

    [Fact]
    public void Half_precision_becomes_float32_when_asked_for()
    {
        // 1, -2, 0.5 in both formats.
        byte[] data = [0x80, 0x3F, 0x00, 0xC0, 0x00, 0x3F, 0x00, 0x3C, 0x00, 0xC0, 0x00, 0x38];
        using var made = TemporaryFile.With("""{"bf":{"dtype":"BF16","shape":[3],"data_offsets":[0,6]},"fp":{"dtype":"F16","shape":[3],"data_offsets":[6,12]}}""", data);
        using var file = SafeTensorsFile.Open(made.Path);
        foreach (var name in new[] { "bf", "fp" })
        {
            using var wide = file.Read(name, ScalarType.Float32);
            Assert.Equal([1f, -2f, 0.5f], wide.data<float>().ToArray());
            using var asStored = file.Read(name);
            Assert.Equal(file.Entries[name].Dtype, asStored.dtype);
        }
    }

    [Fact]
    public void Whole_numbers_and_flags_keep_their_values()
    {
        using var scope = NewDisposeScope();
        using var target = new TemporaryFile();
        SafeTensors.Write(target.Path,
        [
            ("long", tensor(new long[] { long.MinValue, 0, long.MaxValue })), ("byte", tensor(new byte[] { 0, 255 })),
            ("bool", tensor(new[] { true, false })), ("int", tensor(new[] { -1, 7 })),
        ]);
        using var file = SafeTensorsFile.Open(target.Path);
        Assert.Equal([long.MinValue, 0, long.MaxValue], file.Read("long").data<long>().ToArray());
        Assert.Equal(new byte[] { 0, 255 }, file.Read("byte").data<byte>().ToArray());
        Assert.Equal([true, false], file.Read("bool").data<bool>().ToArray());
        Assert.Equal([-1, 7], file.Read("int").data<int>().ToArray());
    }

    [Fact]
    public void A_transposed_or_trainable_tensor_is_written_as_its_values()
    {
        using var scope = NewDisposeScope();
        using var target = new TemporaryFile();
        var matrix = tensor(new[] { 1f, 2, 3, 4, 5, 6 }).reshape([2, 3]);
        SafeTensors.Write(target.Path, [("t", matrix.t()), ("p", matrix.clone().requires_grad_())], SafeTensors.TorchMetadata);
        using var file = SafeTensorsFile.Open(target.Path);
        Assert.Equal([3L, 2], file.Read("t").shape);
        Assert.Equal([1f, 4, 2, 5, 3, 6], file.Read("t").data<float>().ToArray());
        Assert.False(file.Read("p").requires_grad);
        Assert.Equal("pt", file.Metadata["format"]);
    }

    [Fact]
    public void A_wrong_name_suggests_the_nearest()
    {
        using var file = SafeTensorsFile.Open(Golden.Path("bert/classification/model.safetensors"));
        var error = Assert.Throws<UsageException>(() => file.Read("bert.embeddings.LayerNorm.biass"));
        Assert.Contains("Did you mean 'bert.embeddings.LayerNorm.bias'?", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_used_twice_is_refused_and_the_old_file_stays()
    {
        using var scope = NewDisposeScope();
        using var target = new TemporaryFile();
        File.WriteAllText(target.Path, "old");
        Assert.Contains("'a'", Assert.Throws<UsageException>(() => SafeTensors.Write(target.Path, [("a", ones(1)), ("a", ones(1))])).Message, StringComparison.Ordinal);
        Assert.Equal("old", File.ReadAllText(target.Path));
    }

    [Fact]
    public void Reading_leaves_no_tensor_behind()
    {
        using var file = SafeTensorsFile.Open(Golden.Path("bert/classification/model.safetensors"));
        using var scope = NewDisposeScope();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        foreach (var name in file.Entries.Keys) file.Read(name, ScalarType.Float64).Dispose();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }
}
