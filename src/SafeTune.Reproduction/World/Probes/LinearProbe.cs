using SafeTune.Data;
using SafeTune.Metrics;

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
    /// <param name="train">Rows to learn from; their values are standardised in place.</param>
    /// <param name="trainLabels">A class, or a score, a row.</param>
    /// <param name="dev">Rows to score; standardised likewise.</param>
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
        Standardize(train, dev);
        double[][] weights = Fit(train, trainLabels, classes);
        double[] predicted = [.. dev.Select(row => Outputs(weights, row)).Select(outputs => classes == 0 ? outputs[0] : Array.IndexOf(outputs, outputs.Max()))];
        return TaskMetrics.Of(classes == 0, classes, devLabels, predicted)[metric];
    }

    // Mean 0 and a joint scale, so that one step size fits words and pixels.
    private static void Standardize(float[][] train, float[][] dev)
    {
        int width = train[0].Length;
        double[] mean = [.. Enumerable.Range(0, width).Select(column => train.Average(row => (double)row[column]))];
        double scale = Math.Sqrt(train.Average(row => row.Select((value, column) => (value - mean[column]) * (value - mean[column])).Sum())) + 1e-12;
        foreach (float[] row in train.Concat(dev))
        {
            for (int column = 0; column < width; column++) row[column] = (float)((row[column] - mean[column]) / scale);
        }
    }

    // weights[output][feature], the bias last.
    private static double[][] Fit(float[][] rows, double[] labels, int classes)
    {
        int outputs = Math.Max(1, classes), width = rows[0].Length;
        double[][] weights = Zeros(), speed = Zeros();
        for (int step = 0; step < Steps; step++)
        {
            double[][] gradient = Zeros();
            for (int row = 0; row < rows.Length; row++) Add(gradient, rows[row], Errors(Outputs(weights, rows[row]), labels[row], classes), 1.0 / rows.Length);
            for (int output = 0; output < outputs; output++)
            {
                for (int column = 0; column <= width; column++)
                {
                    double slope = gradient[output][column] + (column < width ? Decay * weights[output][column] : 0);
                    speed[output][column] = (Momentum * speed[output][column]) - slope;
                    weights[output][column] += speed[output][column];
                }
            }
        }
        return weights;

        double[][] Zeros() => [.. Enumerable.Range(0, outputs).Select(_ => new double[width + 1])];
    }

    private static double[] Outputs(double[][] weights, float[] row)
    {
        double[] outputs = new double[weights.Length];
        for (int output = 0; output < outputs.Length; output++)
        {
            double sum = weights[output][^1];
            for (int column = 0; column < row.Length; column++) sum += weights[output][column] * row[column];
            outputs[output] = sum;
        }
        return outputs;
    }

    private static double[] Errors(double[] outputs, double label, int classes)
    {
        if (classes == 0) return [outputs[0] - label];
        double largest = outputs.Max();
        double[] shares = [.. outputs.Select(output => Math.Exp(output - largest))];
        double sum = shares.Sum();
        return [.. shares.Select((share, i) => (share / sum) - (i == (int)label ? 1 : 0))];
    }

    private static void Add(double[][] gradient, float[] row, double[] errors, double share)
    {
        for (int output = 0; output < errors.Length; output++)
        {
            double error = errors[output] * share;
            for (int column = 0; column < row.Length; column++) gradient[output][column] += error * row[column];
            gradient[output][^1] += error;
        }
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
