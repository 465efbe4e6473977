using SafeTune.Adapters;
using SafeTune.Models;
using SafeTune.Tests.Training;
using SafeTune.Training;
using TorchSharp;

namespace SafeTune.Tests.Models;

/// <summary>Whole models with kernels against the same models without.</summary>
public sealed class FusedModelTests
{
    public static TheoryData<string> Families => [.. TinyFamily.All];

    [Theory]
    [MemberData(nameof(Families))]
    public void Outputs_and_gradients_are_those_of_the_composed_model(string type)
    {
        using var family = new TinyFamily(type);
        var (loss, gradients) = Pass(family, KernelOptions.Composed);
        var (fusedLoss, fusedGradients) = Pass(family, KernelOptions.All);
        Assert.Equal(loss, fusedLoss, 1e-5);
        Assert.Equal(gradients.Keys, fusedGradients.Keys);
        Assert.All(gradients, entry => Assert.All(entry.Value.Zip(fusedGradients[entry.Key]), pair => Assert.Equal(pair.First, pair.Second, 2e-5)));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void An_evaluation_with_folded_adapters_is_that_of_the_composed_model(string type)
    {
        using var family = new TinyFamily(type);
        var composed = Logits(family, KernelOptions.Composed);
        Assert.All(composed.Zip(Logits(family, KernelOptions.All)), pair => Assert.Equal(pair.First, pair.Second, 2e-5));
        // The adapters take part.
        Assert.Contains(composed.Zip(Logits(family, KernelOptions.All, adapted: false)), pair => Math.Abs(pair.First - pair.Second) > 1e-2);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Training_with_kernels_learns_and_holds_less(string type)
    {
        using var family = new TinyFamily(type);
        var (composed, fused) = (new Recorder(), new Recorder());
        var plain = Train(family, KernelOptions.Composed, composed);
        var kernels = Train(family, KernelOptions.All, fused);
        Assert.True(kernels.ActivationBytes < plain.ActivationBytes, $"{kernels.ActivationBytes} of {plain.ActivationBytes}");
        Assert.True(fused.Losses[^1] < fused.Losses[0]);
        Assert.Equal(plain.Flops, kernels.Flops);
        // Other dropout numbers, the same training.
        Assert.InRange(Math.Abs(composed.Losses.TakeLast(8).Average() - fused.Losses.TakeLast(8).Average()), 0, 0.25);
    }

    private static (double Loss, Dictionary<string, float[]> Gradients) Pass(TinyFamily family, KernelOptions kernels)
    {
        using var model = Adapted(family, kernels).Model;
        using var batch = family.Batch(model, 6);
        var pass = new ForwardPass(model);
        using var output = pass.Run(batch);
        pass.Backward(output.Loss!);
        return (output.Loss!.item<float>(), model.NamedWeights().Where(entry => entry.Weight.Trains).ToDictionary(entry => entry.Path, entry => entry.Weight.Value.grad!.data<float>().ToArray()));
    }

    private static float[] Logits(TinyFamily family, KernelOptions kernels, bool adapted = true)
    {
        var adapters = Adapted(family, kernels);
        using var model = adapters.Model;
        adapters.Enabled = adapted;
        using var batch = family.Batch(model, 6);
        using var off = torch.no_grad();
        using var output = new ForwardPass(model).Run(batch);
        return output.Logits.data<float>().ToArray();
    }

    private static LoraAdapters Adapted(TinyFamily family, KernelOptions kernels)
    {
        torch.manual_seed(5);
        var model = AutoModel.Load(family.Folder, family.Head);
        var adapters = LoraAdapters.Inject(model, new LoraOptions());
        foreach (var weight in Enumerable.Range(0, model.Blocks.Count).SelectMany(adapters.Unit).Where(weight => weight.Name.StartsWith("lora_B", StringComparison.Ordinal)))
            torch.nn.init.normal_(weight.Value.detach(), 0, 0.1);
        model.Use(kernels);
        model.Train(false);
        return adapters;
    }

    private static RunReport Train(TinyFamily family, KernelOptions kernels, Recorder recorder)
    {
        using var tuner = new FineTuner(new FineTuneJob
        {
            ModelFolder = family.Folder,
            Method = "lora",
            Train = family.Task(64),
            Kernels = kernels,
            Training = new TrainingOptions { Epochs = 6, BatchSize = 16, MaxLength = 32, LearningRate = 5e-3 },
        }, recorder);
        return tuner.Run();
    }
}
