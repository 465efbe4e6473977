using Cake.Frosting;

namespace Build.Tasks;

/// <summary>Table 6 of the paper.</summary>
[TaskName("Table6")]
[TaskDescription("GLUE: Houlsby, BitFit and LoRA, each with and without SAFE; writes results/<scale>/table6.csv and REPORT.md, .html")]
public sealed class Table6 : TableTask;
