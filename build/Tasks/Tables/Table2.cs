using Cake.Frosting;

namespace Build.Tasks;

/// <summary>Table 2 of the paper.</summary>
[TaskName("Table2")]
[TaskDescription("SQuAD v1.1: LoRA against SAFE; writes results/<scale>/table2.csv and REPORT.md, .html")]
public sealed class Table2 : TableTask;
