using Cake.Frosting;

namespace Build.Tasks;

/// <summary>SAFE together with other ways of saving memory.</summary>
[TaskName("Combinations")]
[TaskDescription("Measures frozen blocks together with bfloat16, gradient checkpointing, gradient accumulation and kernels; writes results/bench/combinations*.csv")]
public sealed class Combinations : BuildTask
{
    /// <inheritdoc/>
    protected override void Do(BuildContext context) => SafeTune.Reproduction.Benching.Combinations.Run(context.Root, Console.Out);
}
