using SafeTune.Data;
using SafeTune.Metrics;
using SafeTune.Torch;
using TorchSharp;
using static SafeTune.Torch.Scalars;
using static TorchSharp.torch;

namespace SafeTune.Reproduction.World.Probes;

/// <summary>How far a linear model comes on a task from counts of words, or from pixels: what is left for a network that reads order, or sees shapes.</summary>
/// <remarks>Logistic regression (of scores: linear regression) with a little decay, by full-batch gradient descent with momentum from zero; no chance in it.</remarks>
public static class LinearProbe
{
    private const int Steps = 400;
    private const double Momentum = 0.9;
    private const double Decay = 1e-3;

    /// <summary>Trains on words counted apart for each text of a pair, and scores.</summary>
    /// <param name="train">Rows of texts.</param>
    /// <param name="dev">Scored.</param>
    /// <param name="metric">One of <see cref="TaskMetrics"/>.</param>
    /// <returns>The metric as a fraction.</returns>
    public static double Score(Dataset train, Dataset dev, string metric)
    {
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(dev);
        Dictionary<string, int> columns = [];
        foreach (string word in train.Examples.Cast<TextExample>().SelectMany(Words)) columns.TryAdd(word, columns.Count);
        return Score(Rows(train), Labels(train), Rows(dev), Labels(dev), train.IsRegression ? 0 : train.Labels, metric);

        float[][] Rows(Dataset data) => [.. data.Examples.Cast<TextExample>().Select(Counts)];

        float[] Counts(TextExample example)
        {
            float[] counts = new float[columns.Count];
            foreach (string word in Words(example))
            {
                if (columns.TryGetValue(word, out int column)) counts[column]++;
            }
            return counts;
        }
    }

    /// <summary>Trains on rows of features, and scores.</summary>
    /// <param name="train">Rows to learn from.</param>
    /// <param name="trainLabels">A class, or a score, a row.</param>
    /// <param name="dev">Rows to score.</param>
    /// <param name="devLabels">Theirs.</param>
    /// <param name="classes">0 = the labels are scores.</param>
    /// <param name="metric">One of <see cref="TaskMetrics"/>.</param>
    /// <returns>The metric as a fraction.</returns>
    public static double Score(float[][] train, double[] trainLabels, float[][] dev, double[] devLabels, int classes, string metric)
    {
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(trainLabels);
        ArgumentNullException.ThrowIfNull(dev);
        ArgumentNullException.ThrowIfNull(devLabels);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var (rows, scored) = Standardized(Matrix(train), Matrix(dev));
        var (shares, bias) = Fit(rows.mm(rows.t()), trainLabels, classes);
        Tensor outputs = scored.mm(rows.t()).mm(shares).Plus(bias);
        double[] predicted = (classes == 0 ? outputs.squeeze(1) : outputs.argmax(1).to(ScalarType.Float64)).data<double>().ToArray();
        return TaskMetrics.Of(classes == 0, classes, devLabels, predicted)[metric];
    }

    private static Tensor Matrix(float[][] rows) => tensor(rows.SelectMany(row => row).ToArray(), [rows.Length, rows[0].Length]).to(ScalarType.Float64);

    // Mean 0 and a joint scale, so that one step size fits words and pixels.
    private static (Tensor Train, Tensor Dev) Standardized(Tensor train, Tensor dev)
    {
        Tensor mean = train.mean([0], keepdim: true), centred = train - mean;
        Tensor scale = (centred * centred).sum(1).mean().sqrt().Plus(1e-12);
        return (centred / scale, (dev - mean) / scale);
    }

    // Weights that begin at zero stay sums of rows. So each row's share in them is learnt, shares[row][output], and a step needs no more than the rows' products
    // with each other, which are far fewer numbers than pixels.
    private static (Tensor Shares, Tensor Bias) Fit(Tensor products, double[] labels, int classes)
    {
        long rows = labels.Length;
        Tensor wanted = classes == 0 ? tensor(labels).unsqueeze(1) : nn.functional.one_hot(tensor(labels).to(ScalarType.Int64), classes).to(ScalarType.Float64);
        Tensor shares = zeros_like(wanted), speed = zeros_like(wanted), bias = zeros_like(wanted[0]), biasSpeed = zeros_like(bias);
        for (int step = 0; step < Steps; step++)
        {
            using var temporary = NewDisposeScope();
            Tensor outputs = products.mm(shares).Plus(bias);
            Tensor errors = ((classes == 0 ? outputs : outputs.softmax(1)) - wanted).Over(rows);
            speed.mul_(Kept(Momentum)).sub_(errors.Plus(shares.Times(Decay)));
            biasSpeed.mul_(Kept(Momentum)).sub_(errors.sum(0));
            shares.Accumulate(speed);
            bias.Accumulate(biasSpeed);
        }
        return (shares, bias);
    }

    private static IEnumerable<string> Words(TextExample example) =>
        Words("1 ", example.Text).Concat(example.Pair is { } pair ? Words("2 ", pair) : []);

    private static IEnumerable<string> Words(string side, string text)
    {
        string spaced = string.Concat(text.ToLowerInvariant().Select(sign => char.IsLetterOrDigit(sign) || sign == ' ' ? sign.ToString() : $" {sign} "));
        return spaced.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => side + word);
    }

    private static double[] Labels(Dataset data) => [.. data.Examples.Select(example => example.Label)];
}
