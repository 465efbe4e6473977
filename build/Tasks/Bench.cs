using Cake.Frosting;

namespace Build.Tasks;

/// <summary>Speed and memory of a training step beside Hugging Face's, where a Python has torch.</summary>
[TaskName("Bench")]
[TaskDescription("Times training steps with and without kernels beside those of transformers + peft; writes results/bench/step*.csv, and on a CPU whether kernels change the losses")]
public sealed class Bench : BuildTask
{
    /// <inheritdoc/>
    protected override void Do(BuildContext context) => SafeTune.Reproduction.Benching.Bench.Run(context.Root, Console.Out);
}
