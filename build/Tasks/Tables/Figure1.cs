using Cake.Frosting;

namespace Build.Tasks;

/// <summary>Figure 1 of the paper.</summary>
[TaskName("Figure1")]
[TaskDescription("SQuAD: all weights, adapters and SAFE; memory, compute and trained parameters")]
public sealed class Figure1 : TableTask;
