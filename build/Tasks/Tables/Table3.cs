using Cake.Frosting;

namespace Build.Tasks;

/// <summary>Table 3 of the paper.</summary>
[TaskName("Table3")]
[TaskDescription("E2E NLG: LoRA against SAFE on GPT-2, scored by BLEU, NIST, METEOR, ROUGE-L and CIDEr; writes results/<scale>/table3.csv and REPORT.md, .html")]
public sealed class Table3 : TableTask;
