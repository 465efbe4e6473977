using SafeTune.Reproduction.Reports.Charts;

namespace SafeTune.Reproduction.Reports.Sections;

/// <summary>How the losses fell, and where blocks froze.</summary>
internal static class CurveBlocks
{
    public static IEnumerable<Block> Of(TableReport table)
    {
        if (table.Curves.Count == 0)
            yield break;
        yield return table.Part("Learning curves");
        yield return new Prose("Training loss over steps, of the first seed. The dashed lines are where blocks froze; their numbers stand above.");
        yield return new Figures([.. table.Curves.Select(curve => CurveChart.Of($"{table.FileName}-curve-{curve.Key.Task}-{curve.Key.Method.Replace('+', '-')}", curve))]);
    }
}
