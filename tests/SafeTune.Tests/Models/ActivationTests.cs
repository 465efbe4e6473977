using SafeTune.Batching;
using SafeTune.Checkpoints;
using SafeTune.Models;
using TorchSharp;

namespace SafeTune.Tests.Models;

public sealed class ActivationTests
{
    private static readonly double[] Points = [-7, -2.5, -1, -0.3, 0, 0.4, 1, 2, 6.5];

    private static readonly Dictionary<string, Func<double, double>> Formulas = new()
    {
        ["gelu"] = Erf, ["gelu_python"] = Erf,
        ["gelu_new"] = Tanh, ["gelu_fast"] = Tanh, ["gelu_accurate"] = Tanh, ["gelu_pytorch_tanh"] = Tanh, ["gelu_python_tanh"] = Tanh,
        ["quick_gelu"] = x => x * Sigmoid(1.702 * x),
        ["relu"] = x => Math.Max(0, x), ["relu2"] = x => Math.Max(0, x) * Math.Max(0, x), ["relu6"] = x => Math.Clamp(x, 0, 6), ["leaky_relu"] = x => x < 0 ? 0.01 * x : x,
        ["silu"] = x => x * Sigmoid(x), ["swish"] = x => x * Sigmoid(x),
        ["sigmoid"] = Sigmoid, ["tanh"] = Math.Tanh, ["linear"] = x => x,
    };

    public static TheoryData<string> Names => [.. Activation.Known];

    [Theory]
    [MemberData(nameof(Names))]
    public void Each_is_its_formula(string name)
    {
        using var x = torch.tensor(Points, torch.ScalarType.Float32);
        using var y = new Activation(name).Forward(x);
        var difference = Points.Zip(y.data<float>().ToArray(), (point, found) => Math.Abs(Formulas[name](point) - found)).Max();
        Assert.True(difference < 2e-6, $"{name}: off by {difference}");
    }

    [Theory]
    [InlineData("gelu_new")]
    [InlineData("gelu_pytorch_tanh")]
    [InlineData("quick_gelu")]
    [InlineData("relu")]
    [InlineData("silu")]
    public void A_bert_with_it_has_the_logits_of_transformers(string name)
    {
        using var folder = new ModelFolder(Golden.Path("activations"));
        folder.Set("hidden_act", $"\"{name}\"");
        using var golden = SafeTensorsFile.Open(Golden.Path("activations/golden.safetensors"));
        using var model = AutoModel.Load(folder.Path);
        model.Train(false);
        using var batch = new TextBatch(golden.Read("in.input_ids"), golden.Read("in.attention_mask"), golden.Read("in.token_type_ids"), Labels: null);
        using var output = new ForwardPass(model).Run(batch);
        using var expected = golden.Read($"out.logits.{name}");
        var difference = (output.Logits - expected).abs().max().item<float>();
        Assert.True(difference < 2e-5, $"{name}: {difference}");
    }

    [Theory]
    [InlineData("roberta", "hidden_act")]
    [InlineData("gpt2", "activation_function")]
    [InlineData("llama", "hidden_act")]
    [InlineData("vit", "hidden_act")]
    [InlineData("swin", "hidden_act")]
    public void Every_family_obeys_its_key(string type, string key)
    {
        using var family = new TinyFamily(type);
        using var folder = new ModelFolder(family.Folder);
        float[] Logits(string name)
        {
            folder.Set(key, $"\"{name}\"");
            torch.manual_seed(5);
            using var model = AutoModel.Load(folder.Path, family.Head);
            model.Train(false);
            using var batch = family.Batch(model, 4);
            using var output = new ForwardPass(model).Run(batch);
            return output.Logits.flatten().data<float>().ToArray();
        }

        Assert.NotEqual(Logits("relu"), Logits("tanh"));
        Assert.Equal(Logits("silu"), Logits("swish"));
    }

    [Theory]
    [InlineData("bert", "hidden_act", "laplace")]
    [InlineData("gpt2", "activation_function", "gelu_16")]
    [InlineData("llama", "hidden_act", "xielu")]
    [InlineData("swin", "hidden_act", "prelu")]
    public void One_that_is_not_known_is_refused_by_name(string type, string key, string name)
    {
        using var family = new TinyFamily(type);
        using var folder = new ModelFolder(family.Folder);
        folder.Set(key, $"\"{name}\"");
        Assert.Contains($"{key} is '{name}', which is not known", Assert.Throws<UsageException>(() => AutoModel.Load(folder.Path, family.Head)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_head_for_masked_tokens_of_bert_has_the_models_own()
    {
        using var family = new TinyFamily("bert", masked: true);
        using var folder = new ModelFolder(family.Folder);
        folder.Set("hidden_act", "\"linear\"");
        using var model = AutoModel.Load(folder.Path, family.Head);
        model.Train(false);
        using var batch = model.Config.RandomBatch();
        torch.Tensor? hidden = null;
        using var found = new ForwardPass(model) { AfterBlock = (block, value) => hidden = block == 2 ? value.clone() : null }.Run(batch);
        var weights = model.NamedWeights().ToDictionary(entry => entry.Path, entry => entry.Weight.Value);
        using var dense = torch.nn.functional.linear(hidden!, weights["cls.predictions.transform.dense.weight"], weights["cls.predictions.transform.dense.bias"]);
        using var normalised = torch.nn.functional.layer_norm(dense, [32], weights["cls.predictions.transform.LayerNorm.weight"], weights["cls.predictions.transform.LayerNorm.bias"], 1e-12);
        using var logits = torch.nn.functional.linear(normalised, weights["bert.embeddings.word_embeddings.weight"], weights["cls.predictions.bias"]);
        Assert.True((logits - found.Logits).abs().max().item<float>() < 1e-4);
        hidden!.Dispose();
    }

    private static double Erf(double x) => x * 0.5 * (1 + ErrorFunction(x / Math.Sqrt(2)));

    private static double Tanh(double x) => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    // The Taylor series, with enough terms for |x| up to 5; beyond it is 1 to the last digit here.
    private static double ErrorFunction(double x)
    {
        if (Math.Abs(x) >= 4.5) return Math.Sign(x);
        var (sum, term) = (0.0, x);
        for (var n = 0; n < 120; n++)
        {
            sum += term / ((2 * n) + 1);
            term *= -x * x / (n + 1);
        }

        return 2 / Math.Sqrt(Math.PI) * sum;
    }
}
