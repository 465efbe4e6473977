using SafeTune.Models;
using SafeTune.Torch;
using TorchSharp;
using static SafeTune.Torch.Scalars;
using static TorchSharp.torch;

namespace SafeTune.Adapters;

/// <summary>Decides which ranks of AdaLoRA's adapters stay: importance by two moving averages, and a budget that falls along a cubic (Zhang et al. 2023, section 3.2 and 3.3).</summary>
/// <remarks>As peft's RankAllocator, except that adapters that SAFE has frozen keep what they have and leave the competition, their share of the budget with them.</remarks>
internal sealed class RankAllocator(AdaLoraOptions options, IReadOnlyList<(string Path, AdaLora Adapter)> adapters) : IDisposable
{
    private readonly Dictionary<Weight, (Tensor Importance, Tensor Uncertainty)> averages = [];
    private readonly Dictionary<AdaLora, Tensor> cut = [];

    /// <summary>Follows one update of the weights; their gradients are still there.</summary>
    /// <param name="step">The step's number, from 0, as peft's <c>global_step</c>.</param>
    public void Updated(int step)
    {
        using var off = no_grad();
        var last = options.TotalSteps - options.FinalSteps;
        if (step < last)
        {
            Average();
            if (IsCut(step)) CutTo(Budget(step));
        }
        else if (step == last)
        {
            CutTo(Budget(step));
            Forget();
        }
        else
        {
            foreach (var (adapter, mask) in cut) if (adapter.E.Trains) adapter.E.Value.masked_fill_(mask, Kept(0));
        }
    }

    /// <summary>Ranks left in each adapter, by its path.</summary>
    public IReadOnlyDictionary<string, int> Ranks => adapters.ToDictionary(entry => entry.Path, entry => (int)entry.Adapter.E.Value.ne(Kept(0)).sum().item<long>());

    /// <summary>Ranks in all adapters that train together: constant, then cubic, then constant (equation 11).</summary>
    internal int Budget(int step)
    {
        var training = Training().Count();
        var (start, end) = (training * options.InitialRank, training * options.TargetRank);
        var last = options.TotalSteps - options.FinalSteps;
        if (step <= options.InitialSteps) return start;
        if (step > last) return end;
        var left = 1 - ((double)(step - options.InitialSteps) / (last - options.InitialSteps));
        return (int)(((start - end) * Math.Pow(left, 3)) + end);
    }

    public IEnumerable<(string Name, Tensor Value)> State()
    {
        foreach (var (path, adapter) in adapters)
        {
            foreach (var weight in Parts(adapter))
            {
                if (!averages.TryGetValue(weight, out var kept)) continue;
                yield return ($"{path}.{weight.Name}.importance", kept.Importance);
                yield return ($"{path}.{weight.Name}.uncertainty", kept.Uncertainty);
            }

            if (cut.TryGetValue(adapter, out var mask)) yield return ($"{path}.cut", mask);
        }
    }

    public void Restore(IReadOnlySet<string> names, Func<string, Tensor> read)
    {
        Dispose();
        foreach (var (path, adapter) in adapters)
        {
            foreach (var weight in Parts(adapter).Where(weight => names.Contains($"{path}.{weight.Name}.importance")))
                averages[weight] = (read($"{path}.{weight.Name}.importance").DetachFromDisposeScope(), read($"{path}.{weight.Name}.uncertainty").DetachFromDisposeScope());
            if (names.Contains($"{path}.cut")) cut[adapter] = read($"{path}.cut").DetachFromDisposeScope();
        }
    }

    public void Dispose()
    {
        Forget();
        foreach (var mask in cut.Values) mask.Dispose();
        cut.Clear();
    }

    private static Weight[] Parts(AdaLora adapter) => [adapter.A, adapter.B, adapter.E];

    private IEnumerable<AdaLora> Training() => adapters.Select(entry => entry.Adapter).Where(adapter => adapter.E.Trains && adapter.E.Elements > 0);

    private bool IsCut(int step) => step > options.InitialSteps && step % options.Interval == 0;

    // Equations 8 to 10: sensitivity |w · ∂L/∂w|, smoothed, and how much it varies.
    private void Average()
    {
        foreach (var weight in Training().SelectMany(Parts))
        {
            using var scope = NewDisposeScope();
            var sensitivity = (weight.Value * weight.Value.grad!).abs_();
            if (!averages.TryGetValue(weight, out var kept))
                averages[weight] = kept = (zeros_like(sensitivity).DetachFromDisposeScope(), zeros_like(sensitivity).DetachFromDisposeScope());
            kept.Importance.mul_(Kept(options.Beta1)).add_(sensitivity, Kept(1 - options.Beta1));
            var deviation = (sensitivity - kept.Importance).abs_();
            kept.Uncertainty.mul_(Kept(options.Beta2)).add_(deviation, Kept(1 - options.Beta2));
        }
    }

    private void CutTo(int budget)
    {
        using var scope = NewDisposeScope();
        AdaLora[] training = [.. Training()];
        if (training.Length == 0 || averages.Count == 0) return;
        Tensor[] scores = [.. training.Select(Score)];                                  // [r] each
        var all = cat(scores, 0);
        var surplus = all.numel() - budget;
        if (surplus <= 0) return;
        // The largest of those that go; ties go too, as in peft.
        var threshold = all.topk((int)surplus, largest: false).Item1.max();
        for (var i = 0; i < training.Length; i++)
        {
            var mask = scores[i].le(threshold).view(-1, 1);
            training[i].E.Value.masked_fill_(mask, Kept(0));
            if (cut.Remove(training[i], out var old)) old.Dispose();
            cut[training[i]] = mask.DetachFromDisposeScope();
        }
    }

    // A triplet's importance: its singular value's, and the means of its two vectors' (equation 7).
    private Tensor Score(AdaLora adapter)
    {
        Tensor Of(Weight weight) => averages[weight].Importance * averages[weight].Uncertainty;
        return Of(adapter.E).view(-1).Plus(Of(adapter.A).mean([1L])).Plus(Of(adapter.B).mean([0L]));
    }

    private void Forget()
    {
        foreach (var (importance, uncertainty) in averages.Values)
        {
            importance.Dispose();
            uncertainty.Dispose();
        }

        averages.Clear();
    }
}
