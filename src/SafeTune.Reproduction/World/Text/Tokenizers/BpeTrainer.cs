namespace SafeTune.Reproduction.World.Text.Tokenizers;

/// <summary>Learns byte pairs (Sennrich et al. 2016): the pair that stands most often side by side becomes one piece, again and again.</summary>
internal static class BpeTrainer
{
    /// <summary>The merges in their order; of pairs that are equally frequent, the first by its characters.</summary>
    /// <param name="words">Each word, spelled in the alphabet that merging starts from, with how often it is there.</param>
    /// <param name="most">Merges at most.</param>
    /// <param name="least">A rarer pair is not merged.</param>
    public static List<(string Left, string Right)> Train(IReadOnlyDictionary<string, int> words, int most, int least)
    {
        (List<string> Pieces, int Count)[] spelled = [.. words.OrderBy(word => word.Key, StringComparer.Ordinal).Select(word => (word.Key.Select(letter => letter.ToString()).ToList(), word.Value))];
        List<(string Left, string Right)> merges = [];
        while (merges.Count < most && MostFrequent(spelled, least) is { } pair)
        {
            foreach ((List<string> pieces, _) in spelled)
            {
                for (int at = 0; at + 1 < pieces.Count; at++)
                {
                    if (pieces[at] != pair.Left || pieces[at + 1] != pair.Right) continue;
                    pieces[at] += pair.Right;
                    pieces.RemoveAt(at + 1);
                }
            }
            merges.Add(pair);
        }
        return merges;
    }

    private static (string Left, string Right)? MostFrequent((List<string> Pieces, int Count)[] spelled, int least)
    {
        Dictionary<(string Left, string Right), int> counts = [];
        foreach ((List<string> pieces, int count) in spelled)
        {
            for (int at = 0; at + 1 < pieces.Count; at++)
            {
                (string, string) pair = (pieces[at], pieces[at + 1]);
                counts[pair] = counts.GetValueOrDefault(pair) + count;
            }
        }
        return counts.Where(pair => pair.Value >= least)
            .OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key.Left, StringComparer.Ordinal).ThenBy(pair => pair.Key.Right, StringComparer.Ordinal)
            .Select(pair => ((string, string)?)pair.Key).FirstOrDefault();
    }
}
