using SafeTune.Models;
using SafeTune.Torch;
using TorchSharp;
using static SafeTune.Torch.Scalars;
using static TorchSharp.torch;

namespace SafeTune.Training;

/// <summary>AdamW (Loshchilov and Hutter 2019), as PyTorch's, with one thing more: it can forget a parameter in mid-training.</summary>
/// <remarks>A parameter that is only marked as not trainable keeps moving by momentum and decay, and its state stays allocated; a forgotten one does neither.</remarks>
public sealed class AdamW(double weightDecay, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8) : IDisposable
{
    private readonly List<Entry> entries = [];

    /// <summary>Steps taken.</summary>
    public int Steps { get; private set; }

    /// <summary>Bytes of the moments held.</summary>
    public long StateBytes => entries.Sum(entry => entry.Bytes);

    /// <summary>Takes a weight in and allocates its two moments.</summary>
    /// <param name="name">Its path, under which the moments are saved.</param>
    /// <param name="weight">Must be trainable.</param>
    public void Add(string name, Weight weight)
    {
        using var off = no_grad();
        entries.Add(new Entry(name, weight, zeros_like(weight.Value).DetachFromDisposeScope(), zeros_like(weight.Value).DetachFromDisposeScope()));
    }

    /// <summary>Drops a weight and frees its moments; from now on nothing moves it.</summary>
    /// <returns>The bytes freed; 0 for a weight that was never taken in.</returns>
    public long Forget(Weight weight)
    {
        if (entries.Find(entry => ReferenceEquals(entry.Weight, weight)) is not { } found) return 0;
        entries.Remove(found);
        var bytes = found.Bytes;
        found.Dispose();
        return bytes;
    }

    /// <summary>Cuts a weight's moments as the weight was: see <see cref="Weight.Cut"/>.</summary>
    public void Cut(Weight weight, int dimension, Tensor kept)
    {
        var index = entries.FindIndex(entry => ReferenceEquals(entry.Weight, weight));
        if (index < 0) return;
        using var old = entries[index];
        entries[index] = old with { Mean = old.Mean.index_select(dimension, kept).DetachFromDisposeScope(), Square = old.Square.index_select(dimension, kept).DetachFromDisposeScope() };
    }

    /// <summary>Moves every weight that has a gradient: all together where libtorch can, else one after the other.</summary>
    public void Step(double learningRate)
    {
        if (Dispatcher.IsAvailable && entries.TrueForAll(entry => entry.Weight.Value.dtype == ScalarType.Float32)) StepTogether(learningRate);
        else StepApart(learningRate);
    }

    /// <summary>A step by torch's <c>_fused_adamw_</c>, one pass over all weights and moments: an adapter's matrices are so small that a step is as long as the list of its operators.</summary>
    internal void StepTogether(double learningRate)
    {
        Steps++;
        using var off = no_grad();
        using var scope = NewDisposeScope();
        (Tensor Weight, Tensor Gradient, Tensor Mean, Tensor Square)[] moved =
            [.. entries.Select(entry => (entry.Weight.Value, entry.Weight.Value.grad!, entry.Mean, entry.Square)).Where(entry => entry.Item2 is not null)];
        if (moved.Length == 0) return;
        var steps = tensor((float)Steps, device: moved[0].Weight.device);
        const bool amsgrad = false, maximize = false;
        Dispatcher.Call(
            "aten::_fused_adamw_", "",
            Dispatcher.Of([.. moved.Select(one => one.Weight)]), Dispatcher.Of([.. moved.Select(one => one.Gradient)]),
            Dispatcher.Of([.. moved.Select(one => one.Mean)]), Dispatcher.Of([.. moved.Select(one => one.Square)]),
            Dispatcher.Of([]), Dispatcher.Of([.. Enumerable.Repeat(steps, moved.Length)]),
            Dispatcher.Of(learningRate), Dispatcher.Of(beta1), Dispatcher.Of(beta2), Dispatcher.Of(weightDecay), Dispatcher.Of(epsilon),
            Dispatcher.Of(amsgrad), Dispatcher.Of(maximize), Dispatcher.None, Dispatcher.None);
    }

    /// <summary>A step of one weight after the other, with one weight's temporaries at a time.</summary>
    internal void StepApart(double learningRate)
    {
        Steps++;
        using var off = no_grad();
        foreach (var (_, weight, mean, square) in entries)
        {
            using var gradient = weight.Value.grad;
            if (gradient is null) continue;
            if (weightDecay != 0) weight.Value.mul_(Kept(1 - (learningRate * weightDecay)));
            mean.mul_(Kept(beta1)).add_(gradient, Kept(1 - beta1));
            square.mul_(Kept(beta2)).addcmul_(gradient, gradient, Kept(1 - beta2));
            using var deviation = square.sqrt();
            deviation.div_(Kept(Math.Sqrt(Correction(beta2)))).Accumulate(epsilon);
            weight.Value.addcdiv_(mean, deviation, Kept(-learningRate / Correction(beta1)));
        }
    }

    // Of a moment that began with zeros.
    private double Correction(double beta) => 1 - Math.Pow(beta, Steps);

    /// <summary>Drops all gradients, so that they take no memory between steps.</summary>
    public void DropGradients()
    {
        foreach (var entry in entries) entry.Weight.Value.grad = null;
    }

    /// <summary>Multiplies all gradients by a number.</summary>
    public void ScaleGradients(double factor)
    {
        using var off = no_grad();
        foreach (var entry in entries)
        {
            using var gradient = entry.Weight.Value.grad;
            gradient?.mul_(Kept(factor));
        }
    }

    /// <summary>Scales all gradients so that their joint Euclidean norm is at most <paramref name="maximum"/>, as PyTorch's clip_grad_norm_.</summary>
    public void ClipGradients(double maximum)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        Tensor[] gradients = [.. entries.Select(entry => entry.Weight.Value.grad).OfType<Tensor>()];
        if (gradients.Length == 0) return;
        var norm = stack(gradients.Select(gradient => gradient.norm())).norm().item<float>();
        if (norm <= maximum) return;
        foreach (var gradient in gradients) gradient.mul_(Kept(maximum / (norm + 1e-6)));
    }

    /// <summary>The moments by name, for a checkpoint.</summary>
    public IEnumerable<(string Name, Tensor Value)> State() =>
        entries.SelectMany(entry => new[] { (entry.Name + ".exp_avg", entry.Mean), (entry.Name + ".exp_avg_sq", entry.Square) });

    /// <summary>Puts back moments and the number of steps; every weight that was forgotten must have been forgotten again before.</summary>
    public void Restore(int steps, Func<string, Tensor> read)
    {
        Steps = steps;
        using var off = no_grad();
        foreach (var (name, _, mean, square) in entries)
        {
            using var savedMean = read(name + ".exp_avg");
            using var savedSquare = read(name + ".exp_avg_sq");
            mean.copy_(savedMean);
            square.copy_(savedSquare);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var entry in entries) entry.Dispose();
        entries.Clear();
    }

    private sealed record Entry(string Name, Weight Weight, Tensor Mean, Tensor Square) : IDisposable
    {
        public long Bytes => Weight.Elements * (Mean.ElementSize + Square.ElementSize);

        public void Dispose()
        {
            Mean.Dispose();
            Square.Dispose();
        }
    }
}
