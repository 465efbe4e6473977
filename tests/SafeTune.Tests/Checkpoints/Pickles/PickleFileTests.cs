using System.Text.Json;
using SafeTune.Checkpoints;
using SafeTune.Checkpoints.Pickles;
using TorchSharp;
using static TorchSharp.torch;

namespace SafeTune.Tests.Checkpoints.Pickles;

public sealed class PickleFileTests
{
    private const string RealFile = "adapters/microsoft-lora-roberta-base-mnli/roberta_base_lora_mnli.bin";

    [Theory]
    [InlineData("plain.zip.bin", "plain.json")]
    [InlineData("plain.legacy.bin", "plain.json")]
    [InlineData("module.zip.bin", "module.json")]
    [InlineData("module.legacy.bin", "module.json")]
    [InlineData("nested.zip.bin", "nested.json")]
    [InlineData("nested.legacy.bin", "nested.json")]
    [InlineData("protocol4.zip.bin", "plain.json")]
    [InlineData("protocol4.legacy.bin", "plain.json")]
    public void A_file_of_torch_is_read_as_torch_reads_it(string name, string expected)
    {
        using var scope = NewDisposeScope();
        using var file = Checkpoint.Open(Golden.Path($"pickles/{name}"));
        Assert.IsType<PickleFile>(file);
        using var json = JsonDocument.Parse(File.ReadAllText(Golden.Path($"pickles/{expected}")));
        var tensors = json.RootElement.EnumerateObject().ToDictionary(t => t.Name, t => t.Value);
        Assert.Equal(tensors.Keys.Order(), file.Entries.Keys.Order());
        foreach (var (key, tensor) in tensors)
        {
            var read = file.Read(key);
            Assert.Equal(tensor.GetProperty("dtype").GetString(), DtypeName(read.dtype));
            Assert.Equal(tensor.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64()), read.shape);
            Assert.Equal(read.dtype, file.Entries[key].Dtype);
            Assert.Equal(read.shape, file.Entries[key].Shape);
            Assert.True(read.is_contiguous());
            // TorchSharp has no array of an empty tensor.
            Assert.Equal(Numbers(tensor), read.numel() == 0 ? [] : read.to(ScalarType.Float64).contiguous().data<double>().ToArray());
        }
    }

    [Theory]
    [InlineData("float16", ScalarType.Float32)]
    [InlineData("transposed", ScalarType.Float64)]
    [InlineData("float64", ScalarType.BFloat16)]
    public void Tensors_are_converted_on_the_way(string name, ScalarType wanted)
    {
        using var scope = NewDisposeScope();
        using var file = PickleFile.Open(Golden.Path("pickles/plain.zip.bin"));
        var read = file.Read(name, wanted);
        Assert.Equal(wanted, read.dtype);
        Assert.Equal(file.Read(name).to(wanted).to(ScalarType.Float64).data<double>().ToArray(), read.to(ScalarType.Float64).data<double>().ToArray());
    }

    [Theory]
    [InlineData("zip")]
    [InlineData("legacy")]
    public void Reading_leaves_no_tensor_behind(string format)
    {
        using var file = PickleFile.Open(Golden.Path($"pickles/plain.{format}.bin"));
        using var scope = NewDisposeScope();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        foreach (var name in file.Entries.Keys) file.Read(name, ScalarType.Float32).Dispose();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void A_wrong_name_suggests_the_nearest()
    {
        using var file = PickleFile.Open(Golden.Path("pickles/plain.zip.bin"));
        Assert.Contains("Did you mean 'transposed'?", Assert.Throws<UsageException>(() => file.Read("transpose")).Message, StringComparison.Ordinal);
    }

    // Figures: torch.load of torch 1.13.1; sums in float64.
    [HubFact]
    public void A_published_adapter_is_read_as_torch_reads_it()
    {
        using var scope = NewDisposeScope();
        using var file = Checkpoint.Open(Path.Combine(Golden.Hub!, RealFile));
        Assert.Equal(52, file.Entries.Count);
        Assert.Equal(["classifier.dense.bias", "classifier.dense.weight", "classifier.out_proj.bias", "classifier.out_proj.weight"], file.Entries.Keys.Where(key => key.StartsWith("classifier", StringComparison.Ordinal)).Order());
        Assert.All(Enumerable.Range(0, 12), layer => Assert.Equal([768L, 8], file.Entries[$"roberta.encoder.layer.{layer}.attention.self.value.lora_B"].Shape));

        var first = file.Read("roberta.encoder.layer.0.attention.self.query.lora_A");
        Assert.Equal([8L, 768], first.shape);
        Assert.Equal([0.010498442687094212f, -0.024188779294490814f, 0.07614827901124954f], first.data<float>().ToArray()[..3]);
        Assert.Equal(0.03336205060531938, first.to(ScalarType.Float64).sum().item<double>(), 1e-9);
        Assert.Equal(-2.0745791387698773, file.Read("roberta.encoder.layer.1.attention.self.value.lora_B", ScalarType.Float64).sum().item<double>(), 1e-9);
    }

    private static string DtypeName(ScalarType type) => type == ScalarType.Byte ? "uint8" : type.ToString().ToLowerInvariant();

    private static double[] Numbers(JsonElement tensor) =>
        [.. tensor.GetProperty("values").EnumerateArray().Select(value => value.ValueKind switch { JsonValueKind.True => 1, JsonValueKind.False => 0, _ => value.GetDouble() })];
}
