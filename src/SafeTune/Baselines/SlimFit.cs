using SafeTune.Adapters;
using SafeTune.Models;
using static TorchSharp.torch;

namespace SafeTune.Baselines;

/// <summary>SlimFit's settings.</summary>
/// <param name="FreezingRate">Share of the blocks' adapters that a step leaves as they are, in [0, 1).</param>
public sealed record SlimFitOptions(double FreezingRate = 0.5) : BaselineOptions
{
    /// <inheritdoc/>
    public override string Name => "slimfit";

    /// <inheritdoc/>
    public override string Summary => FormattableString.Invariant($"{FreezingRate} of the blocks frozen in each step");

    /// <inheritdoc/>
    public override void Check()
    {
        if (!(FreezingRate is >= 0 and < 1)) throw new UsageException(FormattableString.Invariant($"SlimFit's freezing rate is {FreezingRate}, and must be at least 0 and below 1."));
    }

    /// <inheritdoc/>
    public override Baseline Begin(BaselineRun run) => new SlimFit(run, this);
}

/// <summary>SlimFit (Ardakani et al. 2023, arXiv 2305.18513): each step freezes the units that moved least, relative to their size, when they last moved.</summary>
/// <remarks>
/// Its inter-layer scheduling, on SAFE's units: the adapters of a block. A unit's distance is ‖w - w'‖₁ / ‖w‖₁ over its last update; before its first it is endless, so that every unit is
/// measured once. A frozen unit keeps its distance and comes back when the others' fall below it. SlimFit also quantises and prunes activations, which is left out here: it is no
/// question of which layers to freeze.
/// </remarks>
public sealed class SlimFit : Baseline
{
    private readonly ForwardPass pass;
    private readonly int[] units;
    private readonly Weight[][] weights;
    private readonly int frozen;
    private readonly Random random;
    private double[] distances;
    private Tensor[][] before = [];
    private int[] active = [];

    /// <summary>Prepares the scheduling of a training's adapters.</summary>
    public SlimFit(BaselineRun run, SlimFitOptions options)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(options);
        pass = run.Pass;
        units = [.. Enumerable.Range(0, run.Adapters.Model.Blocks.Count).Where(run.Adapters.HasUnit)];
        weights = [.. units.Select(unit => run.Adapters.Unit(unit).ToArray())];
        frozen = (int)(options.FreezingRate * units.Length);
        random = new Random(run.Seed);
        distances = [.. units.Select(_ => double.MaxValue * (0.5 + (random.NextDouble() / 2)))];
    }

    /// <summary>Blocks whose adapters the step that was begun last trains.</summary>
    public IReadOnlyList<int> Active => [.. active.Select(i => units[i])];

    /// <inheritdoc/>
    public override void BeforeStep(int step)
    {
        active = [.. Enumerable.Range(0, units.Length).OrderBy(i => distances[i]).Skip(frozen).Order()];
        foreach (var i in Enumerable.Range(0, units.Length).Except(active)) Train(i, on: false);
        pass.Refresh();
        before = [.. active.Select(i => weights[i].Select(weight => weight.Value.detach().clone().DetachFromDisposeScope()).ToArray())];
    }

    /// <inheritdoc/>
    public override void AfterStep(int step)
    {
        using var off = no_grad();
        foreach (var (old, i) in before.Zip(active))
        {
            using var scope = NewDisposeScope();
            var moved = old.Zip(weights[i]).Sum(pair => (pair.Second.Value - pair.First).abs().sum().item<float>());
            distances[i] = moved / weights[i].Sum(weight => weight.Value.abs().sum().item<float>());
            foreach (var tensor in old) tensor.Dispose();
        }

        before = [];
        for (var i = 0; i < units.Length; i++) Train(i, on: true);
        pass.Refresh();
    }

    /// <inheritdoc/>
    public override IEnumerable<(string Name, Tensor Value)> State() => [("distances", tensor(distances, ScalarType.Float64))];

    /// <inheritdoc/>
    public override void Restore(Func<string, Tensor> read)
    {
        using var saved = read("distances");
        distances = saved.data<double>().ToArray();
    }

    private void Train(int unit, bool on)
    {
        foreach (var weight in weights[unit]) weight.Trains = on;
    }
}
