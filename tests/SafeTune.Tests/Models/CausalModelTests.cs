using SafeTune.Adapters;
using SafeTune.Batching;
using SafeTune.Checkpoints;
using SafeTune.Measurement;
using SafeTune.Models;
using SafeTune.Tests.Data;
using TorchSharp;

namespace SafeTune.Tests.Models;

public sealed class CausalModelTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [HubFact]
    public void A_real_llama_has_the_reference_s_logits()
    {
        using var model = AutoModel.Load(Path.Combine(Golden.Hub!, "models", "stories260K"));
        using var golden = SafeTensorsFile.Open(Golden.Path("generation/stories260K_logits.safetensors"));
        using var batch = Batch(golden.Read("input_ids"));
        using var output = Run(model, batch);
        Close(golden.Read("logits"), output.Logits);
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("llama")]
    public void Two_pieces_through_the_cache_are_one_text(string type)
    {
        using var off = torch.no_grad();
        using var model = AutoModel.Load(Golden.Path(type));
        model.Train(false);
        using var golden = SafeTensorsFile.Open(Golden.Path($"{type}/golden.safetensors"));
        using var ids = golden.Read("in.input_ids");
        using var whole = Batch(ids.narrow(1, 0, 7));
        using var expected = new ForwardPass(model).Run(whole);

        using var cache = new KeyValueCache();
        using var first = Batch(ids.narrow(1, 0, 4));
        using var second = new TextBatch(ids.narrow(1, 4, 3), torch.ones(3, 7, torch.ScalarType.Int64), torch.zeros(3, 3, torch.ScalarType.Int64), null);
        new ForwardPass(model).Run(first, cache).Dispose();
        using var found = new ForwardPass(model).Run(second, cache);

        Close(expected.Logits.narrow(1, 4, 3), found.Logits);
    }

    [Theory]
    [InlineData("bert/classification")]
    [InlineData("gpt2")]
    [InlineData("llama")]
    public void Bfloat16_computes_the_same_to_its_eight_bits_and_trains(string golden)
    {
        using var single = AutoModel.Load(Golden.Path(golden));
        using var half = AutoModel.Load(Golden.Path(golden), new LoadOptions(Dtype: torch.ScalarType.BFloat16));
        LoraAdapters.Inject(half, new LoraOptions());
        Assert.Equal(torch.ScalarType.BFloat16, half.Dtype);
        using var inputs = SafeTensorsFile.Open(Golden.Path($"{golden}/golden.safetensors"));
        using var ids = inputs.Read("in.input_ids");
        // A row that begins with padding: a causal model sees nothing there.
        using var mask = torch.ones_like(ids);
        mask[1, 0] = torch.tensor(0L);
        using var batch = new TextBatch(ids, mask, torch.zeros_like(ids), inputs.Read("in.labels"));
        using var expected = Run(single, batch);
        using var found = Run(half, batch);

        var largest = expected.Logits.abs().max().item<float>();
        using var difference = (found.Logits.to(torch.ScalarType.Float32) - expected.Logits).abs().max();
        // bfloat16 keeps 8 bits; the rounding of some thirty operations adds up.
        Assert.InRange(difference.item<float>(), 1e-6, 0.1 * largest);
        found.Loss!.backward();
        Assert.All(half.NamedWeights().Where(entry => entry.Weight.Trains), entry =>
            Assert.True(entry.Weight.Value.dtype == torch.ScalarType.Float32 || entry.Path.StartsWith("classifier", StringComparison.Ordinal), entry.Path));
        Assert.All(half.NamedWeights().Where(entry => entry.Weight.Trains), entry => Assert.True(entry.Weight.Value.grad!.isfinite().all().item<bool>(), entry.Path));
    }

    [Theory]
    [InlineData(0f, true)]
    [InlineData(1e-3f, false)]
    public void A_tied_head_that_the_file_repeats_must_be_equal(float difference, bool loads)
    {
        Copy("gpt2", tensors => tensors.Append(("lm_head.weight", tensors.First(entry => entry.Name == "transformer.wte.weight").Value + difference)));
        if (loads) AutoModel.Load(folder.Path).Dispose();
        else Assert.Contains("'lm_head.weight' differs from 'transformer.wte.weight'", Assert.Throws<UsageException>(() => AutoModel.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Gpt2_without_its_prefix_and_with_old_buffers_is_the_same()
    {
        Copy("gpt2", tensors => tensors.Select(entry => (entry.Name["transformer.".Length..], entry.Value)).Append(("h.0.attn.bias", torch.ones(1, 1, 40, 40))));
        using var model = AutoModel.Load(folder.Path);
        using var other = AutoModel.Load(Golden.Path("gpt2"));
        Assert.All(model.NamedWeights().Zip(other.NamedWeights()), pair => Assert.True(pair.First.Weight.Value.eq(pair.Second.Weight.Value).all().item<bool>(), pair.First.Path));
    }

    [Fact]
    public void A_head_of_its_own_is_read_when_it_is_not_tied()
    {
        Copy("gpt2", tensors => tensors.Append(("lm_head.weight", tensors.First(entry => entry.Name == "transformer.wte.weight").Value * 2)));
        Change("\"vocab_size\"", "\"tie_word_embeddings\": false, \"vocab_size\"");
        using var tied = AutoModel.Load(Golden.Path("gpt2"));
        using var apart = AutoModel.Load(folder.Path);
        using var batch = Batch(torch.arange(0, 6, torch.ScalarType.Int64).view(1, 6));
        using var expected = Run(tied, batch);
        using var found = Run(apart, batch);
        Close(expected.Logits * 2, found.Logits);
    }

    [Theory]
    [InlineData("llama", "\"rope_theta\": 10000.0", "\"rope_parameters\": {\"rope_theta\": 10000.0, \"rope_type\": \"llama3\", \"factor\": 8}", "rope_type 'llama3'")]
    [InlineData("llama", "\"rope_scaling\": null", "\"rope_scaling\": {\"type\": \"linear\"}", "rope_scaling ask for rope_type 'linear'")]
    [InlineData("gpt2", "\"vocab_size\"", "\"add_cross_attention\": true, \"vocab_size\"", "add_cross_attention")]
    [InlineData("gpt2", "gelu_new", "elu", "'elu'")]
    public void A_setting_that_is_not_computed_is_refused_by_name(string type, string was, string becomes, string sentence)
    {
        Copy(type, tensors => tensors);
        Change(was, becomes);
        Assert.Contains(sentence, Assert.Throws<UsageException>(() => AutoModel.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_rotary_base_is_read_from_either_place()
    {
        Copy("llama", tensors => tensors);
        Change("\"rope_theta\": 10000.0", "\"rope_parameters\": {\"rope_theta\": 500.0, \"rope_type\": \"default\"}");
        Assert.Equal(500, ((LlamaConfig)AutoModel.Configuration(folder.Path)).Theta);
    }

    [Fact]
    public void Llama_counts_narrow_keys_and_values_and_wide_attention()
    {
        // 3 query heads of 4 features, 1 head of keys and values, feed-forward 20, 11 words; batch 2, 5 tokens.
        using var model = new LlamaConfig { Layers = 1, HiddenSize = 12, Heads = 3, KeyValueHeads = 1, IntermediateSize = 20, VocabSize = 11 }.Build(HeadOptions.NextToken());
        const long rows = 10;
        const long linear = 2 * rows * ((12 * 12) + (12 * 4) + (12 * 4) + (12 * 12) + (12 * 20) + (12 * 20) + (20 * 12) + (12 * 11));
        const long attention = 2 * (2 * 2 * 5 * 5 * 12);
        Assert.Equal(linear + attention, FlopCounter.Step(model, new InputShape(2, 5)).Forward);
    }

    [Fact]
    public void Gpt2_counts_its_joint_projection_and_the_head_that_is_the_word_table()
    {
        using var model = new Gpt2Config { Layers = 2, HiddenSize = 8, Heads = 2, VocabSize = 11 }.Build(HeadOptions.NextToken());
        LoraAdapters.Inject(model, new LoraOptions(Rank: 3, TargetModules: ["c_attn"]));
        const long rows = 10;
        const long block = 2 * rows * ((8 * 24) + (8 * 8) + (8 * 32) + (32 * 8) + (8 * 3) + (3 * 24)) + (2 * (2 * 2 * 5 * 5 * 8));
        const long head = 2 * rows * 8 * 11;
        var flops = FlopCounter.Step(model, new InputShape(2, 5));
        Assert.Equal((2 * block) + head, flops.Forward);
        // Both adapters learn; of the first one no input gradient is needed.
        Assert.Equal(2 * 2 * rows * ((8 * 3) + (3 * 24)), flops.WeightGradient);
    }

    private void Change(string was, string becomes)
    {
        var path = Path.Combine(folder.Path, "config.json");
        var text = File.ReadAllText(path);
        Assert.Contains(was, text, StringComparison.Ordinal);
        File.WriteAllText(path, text.Replace(was, becomes, StringComparison.Ordinal));
    }

    private static ModelOutput Run(Transformer model, Batch batch)
    {
        model.Train(false);
        return new ForwardPass(model).Run(batch);
    }

    private static TextBatch Batch(torch.Tensor ids) => new(ids, torch.ones_like(ids), torch.zeros_like(ids), null);

    private static void Close(torch.Tensor expected, torch.Tensor found)
    {
        var tolerance = (1e-5 * expected.abs().max().item<float>()) + 1e-5;
        Assert.InRange((found - expected).abs().max().item<float>(), 0, tolerance);
    }

    private void Copy(string golden, Func<List<(string Name, torch.Tensor Value)>, IEnumerable<(string, torch.Tensor)>> change)
    {
        File.Copy(Path.Combine(Golden.Path(golden), "config.json"), Path.Combine(folder.Path, "config.json"));
        using var file = SafeTensorsFile.Open(Path.Combine(Golden.Path(golden), "model.safetensors"));
        SafeTensors.Write(Path.Combine(folder.Path, "model.safetensors"), change([.. file.Entries.Keys.Select(name => (name, file.Read(name)))]));
    }
}
