using System.Text.Json;
using SafeTune.Reproduction.Results;

namespace SafeTune.Reproduction.Cells;

/// <summary>A cell's training losses, few enough points to commit and enough to draw.</summary>
internal static class LossCurve
{
    private const int Points = 24;

    /// <summary>Means over equal stretches of the run that wrote <paramref name="metricsFile"/>; none when there is no such file.</summary>
    public static IReadOnlyList<CurveRow> Of(CellKey key, string metricsFile) =>
        File.Exists(metricsFile) ? Of(key, [.. File.ReadLines(metricsFile).Select(Step).OfType<(int, double)>()]) : [];

    internal static IReadOnlyList<CurveRow> Of(CellKey key, IReadOnlyList<(int Step, double Loss)> steps) =>
    [
        .. steps.Chunk(Math.Max(1, (int)Math.Ceiling(steps.Count / (double)Points))).Select(stretch => new CurveRow
        {
            Scale = key.Scale,
            Table = key.Table,
            Model = key.Model,
            Method = key.Method,
            Task = key.Task,
            Seed = key.Seed,
            Step = stretch[^1].Step,
            Loss = stretch.Average(step => step.Loss),
        }),
    ];

    private static (int, double)? Step(string line)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(line);
            return json.RootElement.GetProperty("kind").GetString() == "step"
                ? (json.RootElement.GetProperty("step").GetInt32(), json.RootElement.GetProperty("value").GetProperty("loss").GetDouble())
                : null;
        }
        catch (JsonException)
        {
            // The last line of a run that was killed as it wrote.
            return null;
        }
    }
}
