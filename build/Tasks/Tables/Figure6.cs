using Cake.Frosting;

namespace Build.Tasks;

/// <summary>Figure 6 of the paper.</summary>
[TaskName("Figure6")]
[TaskDescription("Instruction tuning of LLaMA, perplexity on WikiText-2: LoRA against SAFE; writes results/<scale>/figure6.csv and REPORT.md, .html")]
public sealed class Figure6 : TableTask;
