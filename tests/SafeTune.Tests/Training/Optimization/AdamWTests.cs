using SafeTune.Checkpoints;
using SafeTune.Models;
using SafeTune.Training;
using TorchSharp;
using Xunit;

namespace SafeTune.Tests.Training.Optimization;

public sealed class AdamWTests
{
    [Fact]
    public void Matches_the_reference_over_25_steps()
    {
        using var file = SafeTensorsFile.Open(Golden.Path("optimizer/adamw_linear.safetensors"));
        using var start = file.Read("w0");
        using var gradients = file.Read("gradients");
        using var expected = file.Read("weights");
        using var rates = file.Read("lr");
        using var weight = New(start.clone());
        using var optimizer = new AdamW(weightDecay: 0.1, beta1: 0.9, beta2: 0.98);
        optimizer.Add("w", weight);
        var schedule = new LinearSchedule(0.05, 0, 25);
        for (var step = 0; step < 25; step++)
        {
            Assert.Equal(rates[step].item<float>(), schedule.Rate(step), 6);
            weight.Value.grad = gradients[step].clone();
            optimizer.Step(schedule.Rate(step));
            var difference = (weight.Value - expected[step]).abs().max().item<float>();
            Assert.True(difference <= 1e-5, $"step {step}: the largest difference is {difference}");
        }
    }

    [Fact]
    public void Weights_moved_together_go_where_they_go_one_after_the_other()
    {
        torch.manual_seed(3);
        Weight[] apart = [New(torch.randn(3, 5)), New(torch.randn(3, 5)), New(torch.randn(3, 5))];
        Weight[] together = [.. apart.Select(weight => New(weight.Value.detach().clone()))];
        using AdamW one = new(weightDecay: 0.1), all = new(weightDecay: 0.1);
        for (var i = 0; i < apart.Length; i++)
        {
            one.Add($"{i}", apart[i]);
            all.Add($"{i}", together[i]);
        }

        for (var step = 0; step < 10; step++)
        {
            // The last weight has no gradient in every second step.
            for (var i = 0; i < apart.Length - (step % 2); i++)
            {
                var gradient = torch.randn(3, 5);
                apart[i].Value.grad = gradient;
                together[i].Value.grad = gradient.clone();
            }

            one.StepApart(0.01);
            all.StepTogether(0.01);
            one.DropGradients();
            all.DropGradients();
        }

        // Two implementations: the last digit of a float32 differs.
        Assert.All(apart.Zip(together), pair => Assert.InRange((pair.First.Value - pair.Second.Value).abs().max().item<float>(), 0, 1e-6));
    }

    [Fact]
    public void A_forgotten_weight_stays_and_its_state_is_freed()
    {
        using var forgotten = New(torch.ones(3, 5));
        using var kept = New(torch.ones(3, 5));
        using var optimizer = new AdamW(weightDecay: 0.1);
        optimizer.Add("a", forgotten);
        optimizer.Add("b", kept);
        Move(optimizer, forgotten, kept);
        var before = forgotten.Value.data<float>().ToArray();
        Assert.Equal(2 * 15 * sizeof(float), optimizer.Forget(forgotten));
        for (var i = 0; i < 5; i++) Move(optimizer, forgotten, kept);
        Assert.Equal(before, forgotten.Value.data<float>().ToArray());
        Assert.NotEqual(before, kept.Value.data<float>().ToArray());
        Assert.Equal(2 * 15 * sizeof(float), optimizer.StateBytes);
    }

    [Fact]
    public void Clipping_scales_the_joint_norm()
    {
        using var a = New(torch.ones(2, 2));
        using var b = New(torch.ones(2, 2));
        using var optimizer = new AdamW(weightDecay: 0);
        optimizer.Add("a", a);
        optimizer.Add("b", b);
        a.Value.grad = torch.full([2, 2], 3f);
        b.Value.grad = torch.full([2, 2], 4f);
        optimizer.ClipGradients(1);
        Assert.Equal(0.3f, a.Value.grad!.data<float>()[0], 5);
        Assert.Equal(0.4f, b.Value.grad!.data<float>()[0], 5);
    }

    private static void Move(AdamW optimizer, params Weight[] weights)
    {
        foreach (var weight in weights) weight.Value.grad = torch.ones(3, 5);
        optimizer.Step(0.1);
    }

    private static Weight New(torch.Tensor value)
    {
        var weight = new Weight("w", value.shape);
        weight.Set(value);
        weight.Trains = true;
        return weight;
    }
}
