using Cake.Frosting;

namespace Build.Tasks;

/// <summary>Table 1 of the paper.</summary>
[TaskName("Table1")]
[TaskDescription("GLUE: LoRA against freezing methods and SAFE; writes results/<scale>/table1.csv and REPORT.md, .html")]
public sealed class Table1 : TableTask;
