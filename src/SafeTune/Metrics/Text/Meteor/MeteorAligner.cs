namespace SafeTune.Metrics.Text;

/// <summary>Why two words match, best first.</summary>
internal enum MeteorMatchKind
{
    Exact,
    Stem,
    Synonym,
}

/// <summary>Two words that match, by their positions.</summary>
internal sealed record MeteorMatch(int Hypothesis, int Reference, MeteorMatchKind Kind);

/// <summary>
/// Finds the one-to-one matching of two texts that covers most words, in the fewest contiguous runs (chunks), by a beam search along the
/// reference (Denkowski and Lavie, 2014, section 2.1).
/// </summary>
internal static class MeteorAligner
{
    private const int BeamWidth = 40;

    public static (IReadOnlyList<MeteorMatch> Matches, int Chunks) Align(MeteorWord[] hypothesis, MeteorWord[] reference)
    {
        List<Path> beam = [new Path(null, null, 0, 0, 0)];
        for (var position = 0; position < reference.Length; position++)
        {
            var candidates = Candidates(hypothesis, reference[position], position);
            beam = [.. beam.SelectMany(path => path.Next(candidates)).OrderByDescending(path => path.Covered).ThenBy(path => path.Chunks).ThenBy(path => path.Distance).Take(BeamWidth)];
        }

        return ([.. beam[0].All()], beam[0].Chunks);
    }

    private static List<MeteorMatch> Candidates(MeteorWord[] hypothesis, MeteorWord word, int position)
    {
        List<MeteorMatch> candidates = [];
        for (var i = 0; i < hypothesis.Length; i++)
        {
            if (hypothesis[i].Matches(word) is { } kind)
                candidates.Add(new MeteorMatch(i, position, kind));
        }

        return candidates;
    }

    /// <summary>A partial matching: its last match and the path before it. Words that match but not exactly cover half.</summary>
    private sealed record Path(Path? Before, MeteorMatch? Last, double Covered, int Chunks, int Distance)
    {
        public IEnumerable<Path> Next(List<MeteorMatch> candidates) => candidates.Where(match => !Uses(match.Hypothesis)).Select(With).Append(this);

        public IEnumerable<MeteorMatch> All()
        {
            for (var path = this; path.Last is { } match; path = path.Before!)
                yield return match;
        }

        private Path With(MeteorMatch match)
        {
            var continues = Last is { } last && last.Reference + 1 == match.Reference && last.Hypothesis + 1 == match.Hypothesis;
            return new Path(
                this, match, Covered + (match.Kind == MeteorMatchKind.Exact ? 1 : 0.5), Chunks + (continues ? 0 : 1), Distance + Math.Abs(match.Hypothesis - match.Reference));
        }

        private bool Uses(int hypothesis) => All().Any(match => match.Hypothesis == hypothesis);
    }
}
