namespace SafeTune.Reproduction.World.Text.Glue;

/// <summary>A row of a task: its texts (one, or two), and its label as it stands in the file.</summary>
internal sealed record GlueRow(string First, string? Second, string Label)
{
    public string Texts => $"{First}\t{Second}";
}
