using Cake.Frosting;

namespace Build.Tasks;

/// <summary>Table 5 of the paper.</summary>
[TaskName("Table5")]
[TaskDescription("Image classification: LoRA against SAFE on ViT and Swin; writes results/<scale>/table5.csv and REPORT.md, .html")]
public sealed class Table5 : TableTask;
