using Cake.Frosting;

namespace Build.Tasks;

/// <summary>Table 4 of the paper.</summary>
[TaskName("Table4")]
[TaskDescription("Memory, compute and time, averaged over the cells of tables 1, 2 and 3")]
public sealed class Table4 : TableTask;
