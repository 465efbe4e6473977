using System.Text;
using SafeTune.Checkpoints;
using SafeTune.Checkpoints.Pickles;
using SafeTune.Tests.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace SafeTune.Tests.Checkpoints;

public sealed class CheckpointTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose()
    {
        scope.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void A_folder_without_weights_says_what_was_looked_for() => Assert.Equal(
        $"The folder '{folder.Path}' has no weights: looked for model.safetensors, model.safetensors.index.json, pytorch_model.bin and pytorch_model.bin.index.json.",
        Assert.Throws<UsageException>(() => Checkpoint.Open(folder.Path)).Message);

    [Fact]
    public void Formats_are_looked_for_in_their_order()
    {
        File.Copy(Golden.Path("pickles/plain.zip.bin"), At("part.bin"));
        folder.File("pytorch_model.bin.index.json", """{"metadata": {"total_size": 24}, "weight_map": {"float32": "part.bin"}}""");
        Assert.Equal((typeof(ShardedCheckpoint), 1), Opened());
        File.Copy(Golden.Path("pickles/module.legacy.bin"), At("pytorch_model.bin"));
        Assert.Equal((typeof(PickleFile), 4), Opened());
        Write("part.safetensors", "x", "y");
        folder.File("model.safetensors.index.json", """{"weight_map": {"x": "part.safetensors", "y": "part.safetensors"}}""");
        Assert.Equal((typeof(ShardedCheckpoint), 2), Opened());
        Write("model.safetensors", "z");
        Assert.Equal((typeof(SafeTensorsFile), 1), Opened());
    }

    [Fact]
    public void A_tensor_comes_from_the_shard_that_the_index_names()
    {
        SafeTensors.Write(At("1.safetensors"), [("x", full(2, 1f)), ("both", full(2, 3f))]);
        SafeTensors.Write(At("2.safetensors"), [("y", full(2, 2f)), ("both", full(2, 4f)), ("unlisted", ones(1))]);
        using var file = Checkpoint.Open(folder.File("model.safetensors.index.json", """{"weight_map": {"x": "1.safetensors", "y": "2.safetensors", "both": "2.safetensors"}}"""));
        Assert.Equal(["both", "x", "y"], file.Entries.Keys.Order());
        Assert.Equal([1f, 2, 4], new[] { "x", "y", "both" }.Select(name => file.Read(name).data<float>()[0]));
        Assert.Contains("Did you mean 'both'?", Assert.Throws<UsageException>(() => file.Read("bothh")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../../etc/passwd", "'../../etc/passwd', expected one in its own folder")]
    [InlineData("/etc/passwd", "'/etc/passwd', expected")]
    [InlineData("a/../../b", "'a/../../b', expected")]
    [InlineData("..", "'..', expected")]
    [InlineData("", "'', expected")]
    [InlineData("..\\\\b", "expected one in its own folder")]
    [InlineData("a\\u0000", "expected one in its own folder")]
    [InlineData("missing.safetensors", "There is no file")]
    [InlineData("part.safetensors", "places tensor 'w' in part.safetensors, which has no such tensor")]
    [InlineData("model.safetensors.index.json", "is neither a safetensors file nor one of torch.save")]
    [InlineData("\\ud800", "not valid Unicode")]
    public void A_shard_that_cannot_be_is_refused(string file, string says)
    {
        Write("part.safetensors", "x");
        Assert.Contains(says, Refusal($$$"""{"weight_map": {"w": "{{{file}}}"}}"""), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "not JSON")]
    [InlineData("[]", "no object 'weight_map'")]
    [InlineData("{}", "no object 'weight_map'")]
    [InlineData("""{"weight_map": []}""", "no object 'weight_map'")]
    [InlineData("""{"weight_map": {"w": 1}}""", "places tensor 'w' in a JSON Number")]
    [InlineData("""{"weight_map": {"w": "part.safetensors", "w": "part.safetensors"}}""", "places tensor 'w' twice")]
    public void An_index_that_breaks_a_rule_is_refused(string index, string says) => Assert.Contains(says, Refusal(index), StringComparison.Ordinal);

    [Theory]
    [InlineData("version https://git-lfs.github.com/spec/v1\n", "git lfs pull")]
    [InlineData("<html>", "neither a safetensors file nor one of torch.save")]
    [InlineData("", "neither a safetensors file nor one of torch.save")]
    public void What_is_no_checkpoint_is_told_apart(string text, string says) =>
        Assert.Contains(says, Assert.Throws<UsageException>(() => Checkpoint.Open(folder.File("pytorch_model.bin", text))).Message, StringComparison.Ordinal);

    [Fact]
    public void A_header_of_a_hundred_megabytes_is_read()
    {
        using var file = TemporaryFile.With("{}" + new string(' ', 100_000_000 - 2), []);
        using var open = Checkpoint.Open(file.Path);
        Assert.Empty(open.Entries);
    }

    [Fact]
    public void A_hundred_thousand_entries_are_read()
    {
        StringBuilder header = new("{");
        for (var i = 0; i < 100_000; i++) header.Append(System.Globalization.CultureInfo.InvariantCulture, $"{(i == 0 ? "" : ",")}\"t{i}\":{{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[{i},{i + 1}]}}");
        using var file = TemporaryFile.With(header.Append('}').ToString(), [.. Enumerable.Range(0, 100_000).Select(i => (byte)i)]);
        using var open = Checkpoint.Open(file.Path);
        Assert.Equal((100_000, unchecked((byte)99_999)), (open.Entries.Count, open.Read("t99999").item<byte>()));
    }

    // Larger than the pieces that are read at the same time, and than those that are converted.
    [Theory]
    [InlineData(null)]
    [InlineData(ScalarType.Float64)]
    public void A_large_tensor_is_read_whole(ScalarType? wanted)
    {
        var large = arange(3_000_001, dtype: ScalarType.Float32);
        SafeTensors.Write(At("model.safetensors"), [("x", large)]);
        using var file = Checkpoint.Open(folder.Path);
        Assert.True(file.Read("x", wanted).eq(large).all().item<bool>());
    }

    [Fact]
    public void An_error_on_one_of_several_threads_is_the_error_of_the_reading()
    {
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Assert.Throws<UsageException>(() => TensorBytes.Read([5_000_000], ScalarType.Float32, null, null, (_, offset) => throw new UsageException($"at {offset}")));
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private string At(string name) => Path.Combine(folder.Path, name);

    private void Write(string name, params string[] tensors) => SafeTensors.Write(At(name), tensors.Select(tensor => (tensor, ones(2))));

    private (Type Kind, int Tensors) Opened()
    {
        using var file = Checkpoint.Open(folder.Path);
        return (file.GetType(), file.Entries.Count);
    }

    private string Refusal(string index)
    {
        Write("part.safetensors", "x");
        var message = Assert.Throws<UsageException>(() => Checkpoint.Open(folder.File("model.safetensors.index.json", index))).Message;
        Assert.DoesNotContain('\n', message);
        return message;
    }
}
