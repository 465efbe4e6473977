using SafeTune.Adapters;
using SafeTune.Batching;
using SafeTune.Kernels;
using SafeTune.Models;
using SafeTune.Torch;
using static SafeTune.Torch.Scalars;
using static TorchSharp.torch;

namespace SafeTune.Baselines;

/// <summary>By what SparseAdapter chooses the weights that stay.</summary>
public enum SparseScore
{
    /// <summary>|w · ∂L/∂w| (Lee et al. 2019), the paper's best.</summary>
    Snip,

    /// <summary>-w · (H ∂L/∂w), H the Hessian (Wang et al. 2020).</summary>
    Grasp,

    /// <summary>|w|.</summary>
    Magnitude,

    /// <summary>At random, as many in every matrix.</summary>
    Random,

    /// <summary>At random, more in small matrices than in large ones (Erdős–Rényi; Mocanu et al. 2018).</summary>
    ErdosRenyi,
}

/// <summary>SparseAdapter's settings.</summary>
/// <param name="Density">Share of the adapters' weights that stay, in (0, 1].</param>
/// <param name="Score">How they are chosen.</param>
public sealed record SparseAdapterOptions(double Density = 0.5, SparseScore Score = SparseScore.Snip) : BaselineOptions
{
    /// <inheritdoc/>
    public override string Name => "sparseadapter";

    /// <inheritdoc/>
    public override string Summary => FormattableString.Invariant($"density {Density}, chosen by {(Score == SparseScore.ErdosRenyi ? "Erdős–Rényi" : Score)}");

    /// <inheritdoc/>
    public override void Check()
    {
        if (!(Density is > 0 and <= 1)) throw new UsageException(FormattableString.Invariant($"SparseAdapter's density is {Density}, and must be above 0 and at most 1."));
    }

    /// <inheritdoc/>
    public override Baseline Begin(BaselineRun run) => new SparseAdapter(run.Adapters, run.Pass, this, run.Seed);
}

/// <summary>SparseAdapter (He et al. 2022): an unstructured mask on the adapters' weights, chosen before the first step; what it cuts stays zero.</summary>
/// <remarks>
/// Chosen matrix by matrix. LoRA begins with a zero B, so that w · ∂L/∂w is zero for B because of w and for A because of ∂L/∂w: where a score says nothing about a whole matrix,
/// the gradient's magnitude ranks its weights, and where that is zero too, their own. The masks save neither memory nor compute, as in the paper's Table 1: the matrices stay dense.
/// </remarks>
/// <param name="adapters">The adapters.</param>
/// <param name="pass">The corridor.</param>
/// <param name="options">Density and score.</param>
/// <param name="seed">Of the random choices.</param>
public sealed class SparseAdapter(AdapterSet adapters, ForwardPass pass, SparseAdapterOptions options, int seed) : Baseline, IDisposable
{
    private readonly List<(Weight Weight, Tensor Mask)> masks = [];

    /// <summary>Share of the adapters' weights that stay.</summary>
    public double Density => masks.Sum(entry => entry.Mask.sum().item<float>()) / masks.Sum(entry => (double)entry.Weight.Elements);

    /// <inheritdoc/>
    public override void Start(Batch batch)
    {
        Weight[] weights = Weights();
        var random = new Random(seed);
        using var scope = NewDisposeScope();
        var scores = Scores(weights, batch, random);
        var densities = Densities(weights);
        for (var i = 0; i < weights.Length; i++) masks.Add((weights[i], Mask(scores[i], densities[i])));
        Apply();
    }

    /// <inheritdoc/>
    public override void AfterStep(int step) => Apply();

    /// <inheritdoc/>
    public override IEnumerable<(string Name, Tensor Value)> State() => masks.Index().Select(entry => ($"mask.{entry.Index}", entry.Item.Mask));

    /// <inheritdoc/>
    public override void Restore(Func<string, Tensor> read)
    {
        Dispose();
        foreach (var (index, weight) in Weights().Index()) masks.Add((weight, read($"mask.{index}").DetachFromDisposeScope()));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, mask) in masks) mask.Dispose();
        masks.Clear();
    }

    private Weight[] Weights() => [.. Enumerable.Range(0, adapters.Model.Blocks.Count).SelectMany(adapters.Unit)];

    private void Apply()
    {
        using var off = no_grad();
        foreach (var (weight, mask) in masks) weight.Value.mul_(mask);
    }

    private Tensor[] Scores(Weight[] weights, Batch batch, Random random)
    {
        if (options.Score is SparseScore.Random or SparseScore.ErdosRenyi)
            return [.. weights.Select(weight => tensor(Enumerable.Range(0, (int)weight.Elements).Select(_ => random.NextSingle()).ToArray(), [.. weight.Shape], ScalarType.Float32))];
        if (options.Score == SparseScore.Magnitude) return [.. weights.Select(weight => weight.Value.detach().abs())];

        using var output = pass.Run(batch);
        Tensor[] values = [.. weights.Select(weight => weight.Value)];
        var isGrasp = options.Score == SparseScore.Grasp;
        var gradients = Gradients.Of(output.Loss!, values, differentiable: isGrasp);
        var scores = gradients;
        if (isGrasp)
        {
            var product = gradients.Select(gradient => (gradient * gradient.detach()).sum()).Aggregate(Scalars.Plus);
            scores = Gradients.Of(product, values, allowUnused: true);
        }

        return [.. weights.Select((weight, i) => Score(weight.Value.detach(), gradients[i].detach(), scores[i].IsInvalid ? null : scores[i].detach(), isGrasp))];
    }

    private static Tensor Score(Tensor weight, Tensor gradient, Tensor? by, bool isGrasp)
    {
        var score = by is null ? zeros_like(weight) : isGrasp ? -(weight * by) : (weight * by).abs();
        if (score.ne(Kept(0)).any().item<bool>()) return score;
        return gradient.ne(Kept(0)).any().item<bool>() ? gradient.abs() : weight.abs();
    }

    // Erdős–Rényi: density proportional to (inputs + outputs) / (inputs · outputs), scaled to the density asked for, none above 1.
    private double[] Densities(Weight[] weights)
    {
        if (options.Score != SparseScore.ErdosRenyi) return [.. weights.Select(_ => options.Density)];
        double[] shares = [.. weights.Select(weight => weight.Shape.Sum() / (double)weight.Elements)];
        var wanted = options.Density * weights.Sum(weight => weight.Elements);
        var (low, high) = (0.0, 1 / shares.Min());
        for (var i = 0; i < 100; i++)
        {
            var scale = (low + high) / 2;
            if (weights.Zip(shares).Sum(pair => pair.First.Elements * Math.Min(1, scale * pair.Second)) < wanted) low = scale;
            else high = scale;
        }

        return [.. shares.Select(share => Math.Min(1, high * share))];
    }

    private static Tensor Mask(Tensor score, double density)
    {
        using var scope = NewDisposeScope();
        var kept = Math.Max(1, (int)Math.Round(density * score.numel()));
        var flat = score.flatten();
        var (_, best) = flat.topk(kept);
        return zeros_like(flat).index_fill_(0, best, Kept(1)).view(score.shape).DetachFromDisposeScope();
    }
}
