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

    [NativeTheory]
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

    [NativeTheory]
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

    [NativeFact]
    public void Recomputed_blocks_drop_the_same_both_times()
    {
        using var family = new TinyFamily("bert");
        double[] Losses(bool checkpointing)
        {
            var recorder = new Recorder();
            Train(family, KernelOptions.All, recorder, checkpointing);
            return [.. recorder.Losses];
        }

        Assert.Equal(Losses(true), Losses(true));
        Assert.True(Losses(true)[^1] < Losses(true)[0]);
    }

    private static (double Loss, Dictionary<string, float[]> Gradients) Pass(TinyFamily family, KernelOptions kernels)
    {
        torch.manual_seed(5);
        using var model = AutoModel.Load(family.Folder, family.Head);
        LoraAdapters.Inject(model, new LoraOptions());
        foreach (var (name, weight) in model.NamedWeights().Where(entry => entry.Path.EndsWith("lora_B.weight", StringComparison.Ordinal))) torch.nn.init.normal_(weight.Value.detach(), 0, 0.1);
        model.Use(kernels);
        model.Train(false);
        using var batch = family.Batch(model, 6);
        var pass = new ForwardPass(model);
        using var output = pass.Run(batch);
        pass.Backward(output.Loss!);
        return (output.Loss!.item<float>(), model.NamedWeights().Where(entry => entry.Weight.Trains).ToDictionary(entry => entry.Path, entry => entry.Weight.Value.grad!.data<float>().ToArray()));
    }

    private static RunReport Train(TinyFamily family, KernelOptions kernels, Recorder recorder, bool checkpointing = false)
    {
        using var tuner = new FineTuner(new FineTuneJob
        {
            ModelFolder = family.Folder,
            Method = "lora",
            Train = family.Task(64),
            Kernels = kernels,
            Training = new TrainingOptions { Epochs = 6, BatchSize = 16, MaxLength = 32, LearningRate = 5e-3, GradientCheckpointing = checkpointing },
        }, recorder);
        return tuner.Run();
    }
}
