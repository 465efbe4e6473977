using System.Globalization;

namespace SafeTune.Data;

/// <summary>Cuts a dataset in two, class by class.</summary>
internal static class StratifiedSplit
{
    /// <summary>See <see cref="Dataset.SplitOff"/>.</summary>
    public static (Dataset Train, Dataset Validation) Of(Dataset data, double fraction, int seed)
    {
        if (!(fraction > 0 && fraction < 1))
        {
            throw new UsageException(string.Create(CultureInfo.InvariantCulture,
                $"The validation fraction is {fraction}, expected a number above 0 and below 1: 0.1 keeps a tenth of the rows for validation."));
        }

        var wanted = (int)Math.Round(data.Examples.Count * fraction, MidpointRounding.AwayFromZero);
        if (wanted == 0 || wanted == data.Examples.Count)
        {
            throw new UsageException(string.Create(CultureInfo.InvariantCulture,
                $"{data.Name} has {data.Examples.Count} rows, too few to split off {fraction} of them for validation: give more rows or a validation file."));
        }

        var chosen = Choose(data, fraction, wanted, new SplitMix((ulong)seed));
        if (!chosen.Contains(true))
            throw new UsageException($"{data.Name} has no class with two rows, one of which could be kept for validation: give more rows or a validation file.");
        string[] single = data.LabelNames is not { } names ? [] : [.. data.Examples.Where(example => example.Label >= 0).CountBy(example => example.Label).Where(count => count.Value == 1).Select(count => $"'{names[(int)count.Key]}'")];
        string[] notes = single.Length == 0 ? [] : [$"Of {string.Join(", ", single)} there is one row each, which stays in the training part: the validation part has none."];
        var name = data.Split.Length == 0 ? "" : data.Split + "-";
        return (data with { Split = name + "train", Examples = [.. data.Examples.Where((_, i) => !chosen[i])], Notes = [.. data.Notes, .. notes] },
                data with { Split = name + "validation", Examples = [.. data.Examples.Where((_, i) => chosen[i])], SkippedRows = 0, Notes = [] });
    }

    private static bool[] Choose(Dataset data, double fraction, int wanted, SplitMix random)
    {
        // A regression is one class; a class without label (NaN) is a class of its own.
        var classes = Enumerable.Range(0, data.Examples.Count)
            .GroupBy(i => data.IsRegression ? 0.0 : data.Examples[i].Label)
            .OrderBy(rows => rows.Key)
            .Select(rows => rows.ToArray())
            .ToArray();

        // Largest remainders: whole rows first, then one more to the classes that lost most by rounding down. What is learnt must occur in training: the last row of a class stays.
        var shares = classes.Select(rows => (int)Math.Floor(rows.Length * fraction)).ToArray();
        var byRemainder = Enumerable.Range(0, classes.Length).Where(k => classes[k].Length > shares[k] + 1 && classes[k].Length * fraction > shares[k]).OrderByDescending(k => classes[k].Length * fraction - shares[k]).ThenBy(k => k);
        foreach (var k in byRemainder.Take(wanted - shares.Sum()))
            shares[k]++;

        var chosen = new bool[data.Examples.Count];
        for (var k = 0; k < classes.Length; k++)
        {
            random.Shuffle(classes[k]);
            foreach (var row in classes[k].AsSpan(0, shares[k]))
                chosen[row] = true;
        }

        return chosen;
    }
}
