using System.Text.Json;
using Cake.Frosting;

namespace Build.Tasks;

/// <summary>What a GitHub matrix takes: every table, cut into shards, for as many machines.</summary>
[TaskName("Matrix")]
[TaskDescription("Prints all tables as shards in the JSON that a GitHub matrix takes; --scale, --shards, --seeds, --rows, --columns")]
public sealed class Matrix : BuildTask
{
    /// <inheritdoc/>
    protected override void Do(BuildContext context) =>
        Console.WriteLine(JsonSerializer.Serialize(new { include = Tables.Targets.SelectMany(target => SafeTune.Reproduction.ShardMatrix.Of(target, context.ExperimentFile(target.ToLowerInvariant()), context.Selection)) }));
}
