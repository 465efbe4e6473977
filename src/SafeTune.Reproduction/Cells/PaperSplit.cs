using SafeTune.Data;

namespace SafeTune.Reproduction.Cells;

/// <summary>Which rows of a dataset the paper trains on and which it tests on (its Tables 7 and 8), from the official files.</summary>
/// <remarks>
/// The paper prints counts, not rows; these reproduce them. Where rows are chosen, a shuffle with a fixed seed chooses, the same for every method.
/// CoLA, RTE, MRPC, STS-B, SQuAD: the dev set in halves, for validation and test. SST-2, QNLI, QQP: 1,000 training rows for validation, the dev set for the test.
/// MNLI: the mismatched dev set for validation, the matched one for the test. E2E: its own dev and test sets.
/// LaMini and WikiText-2: 1,000 training rows for validation, WikiText-2's test set for the test.
/// Images: a tenth of the training images for validation, the official test set for the test (of Tiny ImageNet the validation set, whose test labels are not public).
/// Flowers: the paper tests on 1,020 images and has 7,170 others, which is all of the rest but for its rounding. So the official test set is trained on, and one of the two
/// official sets of 1,020 is tested on; the paper does not say which, and here it is the validation set. A copy on the hub is cut in that way already: it has no validation set.
/// Country211: 28,800 images for training and validation are printed, of 31,650 there are; all are used.
/// </remarks>
/// <param name="Train">The official splits that are trained on.</param>
/// <param name="Test">The official split that is tested on.</param>
/// <param name="IsHalved">Whether only half of it is.</param>
/// <param name="Held">Rows held out of so many training rows, for validation.</param>
internal sealed record PaperSplit(IReadOnlyList<string> Train, string Test, bool IsHalved, Func<int, int> Held)
{
    private const int MovedRows = 1000;

    /// <summary>Reads a dataset's rows for training and test.</summary>
    /// <param name="source">The dataset.</param>
    /// <param name="read">Reads one of its official splits.</param>
    /// <exception cref="UsageException">A file is missing or broken.</exception>
    public static (PaperSplit Split, Dataset Train, Dataset Test) Read(DataSource source, Func<string, Dataset> read)
    {
        PaperSplit split = Of(source);
        try
        {
            return (split, split.Train.Select(read).Aggregate(Joined), read(split.Test));
        }
        catch (MissingDataException) when (source.Name == "flowers102")
        {
            PaperSplit cut = Images("test");
            return (cut, read("train"), read(cut.Test));
        }
    }

    /// <summary>Takes the rows that are trained and tested on.</summary>
    public (Dataset Train, Dataset Test) Cut(Dataset train, Dataset test)
    {
        int held = Held(train.Examples.Count);
        return (held == 0 ? train : train.Pick(Shuffled(train.Examples.Count)[held..]), IsHalved ? test.Pick(Shuffled(test.Examples.Count)[(test.Examples.Count / 2)..]) : test);
    }

    private static PaperSplit Of(DataSource source) => source.Name switch
    {
        "cola" or "rte" or "mrpc" or "stsb" or "squad" => new(["train"], "dev", IsHalved: true, All),
        "sst2" or "qnli" or "qqp" => new(["train"], "dev", IsHalved: false, ButMoved),
        "mnli" => new(["train"], "dev_matched", IsHalved: false, All),
        "e2e" => new(["train"], "test", IsHalved: false, All),
        "lamini" or "wikitext2" => new(["train"], "test", IsHalved: false, ButMoved),
        "flowers102" => Images("valid") with { Train = ["train", "test"] },
        _ => Images(source.EvaluationSplits[0]),
    };

    private static PaperSplit Images(string test) => new(["train"], test, IsHalved: false, rows => (int)Math.Round(rows / 10.0, MidpointRounding.AwayFromZero));

    private static int All(int rows) => 0;

    // A sample of the data may have no more than that.
    private static int ButMoved(int rows) => rows > MovedRows ? MovedRows : 0;

    private static Dataset Joined(Dataset first, Dataset second) => first with { Examples = [.. first.Examples, .. second.Examples] };

    private static int[] Shuffled(int rows)
    {
        int[] shuffled = [.. Enumerable.Range(0, rows)];
        ulong state = 2412_03587;
        for (int last = rows - 1; last > 0; last--)
        {
            // Knuth's 64-bit linear congruence: unlike System.Random it is ours, so the split outlives changes of .NET.
            state = (state * 6364136223846793005UL) + 1442695040888963407UL;
            int other = (int)((state >> 33) % (ulong)(last + 1));
            (shuffled[last], shuffled[other]) = (shuffled[other], shuffled[last]);
        }
        return shuffled;
    }
}
