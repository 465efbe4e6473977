using SafeTune.Reproduction.Claims;

namespace SafeTune.Reproduction.Reports.Sections;

/// <summary>What the paper claims, and what became of it.</summary>
internal static class ClaimBlocks
{
    public static IEnumerable<Block> Of(TableReport table)
    {
        if (table.Claims.Count == 0)
            yield break;
        yield return table.Part("Claims");
        yield return new Grid(["claim", "verdict", "numbers"], [.. table.Claims.Select(claim => (IReadOnlyList<string>)
        [
            $"{claim.Sentence}<br>`{claim.Inequality}`",
            claim.Outcome switch { ClaimOutcome.Holds => "holds", ClaimOutcome.Fails => "**fails**", _ => "cannot be judged" },
            claim.Explanation,
        ])], new HashSet<int>());
    }
}
