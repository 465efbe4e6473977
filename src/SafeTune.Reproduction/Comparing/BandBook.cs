using SafeTune.Reproduction.Experiments;
using SafeTune.Reproduction.Results;

namespace SafeTune.Reproduction.Comparing;

/// <summary>Which band judges a value: that of repeated runs where there is one, else the experiment's.</summary>
/// <param name="experiments">Of one table, one for each model.</param>
/// <param name="measured">The table's bands file; empty when there is none.</param>
public sealed class BandBook(IReadOnlyList<Experiment> experiments, IReadOnlyList<BandRow> measured)
{
    private const string Score = "score";

    // Another torch may allocate and count a little differently; a model of kilobytes moves by more than 5 % at once.
    private const double OtherStackShare = 0.05, OtherStackBytes = 65536, OtherStackFlops = 1e6;

    private readonly Dictionary<(string, string, string, string), BandRow> _measured = measured
        .Where(row => row.Band is not null).GroupBy(row => (row.Model, row.Method, row.Task, row.Quantity)).ToDictionary(group => group.Key, group => group.First());

    /// <summary>The book of a table in a folder of results.</summary>
    public static BandBook Of(TableFiles files, IReadOnlyList<Experiment> experiments)
    {
        ArgumentNullException.ThrowIfNull(files);
        return new(experiments, CsvFile.Read<BandRow>(files.BandsFile, row => row.Complaint(files.Table)));
    }

    /// <summary>The quantities of a model's cells that have a band, besides the scores.</summary>
    public IEnumerable<string> Quantities(string model) => Of(model).Where(band => band.Quantity != Score).Select(band => band.Quantity);

    /// <summary>A metric's band; null where nothing says how far it scatters.</summary>
    public Band? ForMetric(CellKey key, string metric)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (Measured(key, metric) is { } band)
            return band;
        if (Quality.IsBeside(metric) || Of(key.Model).FirstOrDefault(each => each.Quantity == Score) is not { } score)
            return null;
        // An absolute band is in points of 100.
        return score is { Absolute: { } points, Relative: null } && !Quality.IsInPoints(metric) ? new Band(metric, false, null, points / 100) : score;
    }

    /// <summary>The band of a column of the results.</summary>
    /// <param name="key">The cell.</param>
    /// <param name="quantity">One of <see cref="Quantities"/>.</param>
    /// <param name="oneStack">Whether both sides ran on the same stack: only then do bytes and FLOPs repeat exactly.</param>
    public Band? ForQuantity(CellKey key, string quantity, bool oneStack)
    {
        ArgumentNullException.ThrowIfNull(key);
        Band? band = Measured(key, quantity) ?? Of(key.Model).FirstOrDefault(each => each.Quantity == quantity);
        return band is { Exact: true } && !oneStack && Quality.IsCost(quantity)
            ? new Band(quantity, false, quantity.EndsWith("_bytes", StringComparison.Ordinal) ? OtherStackBytes : OtherStackFlops, OtherStackShare)
            : band;
    }

    private Band? Measured(CellKey key, string quantity) =>
        _measured.TryGetValue((key.Model, key.Method, key.Task, quantity), out BandRow? row) ? new Band(quantity, false, row.Band, null) : null;

    // A model that the experiment has no more is judged as its first.
    private IReadOnlyList<Band> Of(string model) => (experiments.FirstOrDefault(experiment => experiment.Model == model) ?? experiments[0]).Bands;
}
