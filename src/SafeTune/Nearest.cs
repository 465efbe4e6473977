namespace SafeTune;

/// <summary>Finds what a mistyped name probably meant.</summary>
public static class Nearest
{
    /// <summary>
    /// The known name closest to <paramref name="word"/>, or null when none is close: edit distance with neighbouring letters swapped
    /// counted once, upper and lower case taken as equal, at most a third of the longer name (at least 1). Ties: the first.
    /// </summary>
    public static string? Of(string word, IEnumerable<string> known)
    {
        ArgumentNullException.ThrowIfNull(word);
        ArgumentNullException.ThrowIfNull(known);
        string? best = null;
        var bestDistance = int.MaxValue;
        foreach (var candidate in known)
        {
            var distance = Distance(word.ToUpperInvariant(), candidate.ToUpperInvariant());
            var allowed = Math.Max(1, Math.Max(word.Length, candidate.Length) / 3);
            if (distance <= allowed && distance < bestDistance && distance < candidate.Length)
                (best, bestDistance) = (candidate, distance);
        }

        return best;
    }

    /// <summary>The end of an error message: <c> Did you mean 'x'?</c> with its leading space, or nothing.</summary>
    public static string Hint(string word, IEnumerable<string> known) =>
        Of(word, known) is { } near ? $" Did you mean '{near}'?" : "";

    /// <summary>Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours, each at cost 1.</summary>
    private static int Distance(string a, string b)
    {
        var (beforeLast, last, row) = (new int[b.Length + 1], new int[b.Length + 1], new int[b.Length + 1]);
        for (var j = 0; j <= b.Length; j++)
            last[j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var same = a[i - 1] == b[j - 1] ? 0 : 1;
                row[j] = Math.Min(Math.Min(last[j] + 1, row[j - 1] + 1), last[j - 1] + same);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    row[j] = Math.Min(row[j], beforeLast[j - 2] + 1);
            }

            (beforeLast, last, row) = (last, row, beforeLast);
        }

        return last[b.Length];
    }
}
