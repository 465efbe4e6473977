using System.Text.Json;
using SafeTune.Reproduction.Results;

namespace SafeTune.Reproduction.Pretraining;

/// <summary>A line of pretraining.csv.</summary>
public sealed record CurvePoint
{
    public int Step { get; set; }
    /// <summary>Mean over the steps since the line before.</summary>
    public double? Loss { get; set; }
    /// <summary>The step's.</summary>
    public double? LearningRate { get; set; }
    /// <summary>The score of the validation split, at the end of an epoch.</summary>
    public double? Validation { get; set; }
    /// <summary>Its name.</summary>
    public string Metric { get; set; } = "";
}

/// <summary>What a training went through, from its metrics.jsonl.</summary>
public static class TrainingCurve
{
    /// <summary>A point every so many steps, and one at each evaluation.</summary>
    /// <param name="metricsFile">The run's.</param>
    /// <param name="every">Steps between points.</param>
    /// <param name="metric">The score to show.</param>
    public static IReadOnlyList<CurvePoint> Read(string metricsFile, int every, string metric)
    {
        var points = new List<CurvePoint>();
        var losses = new List<double>();
        double rate = 0;
        foreach (string line in File.ReadLines(metricsFile))
        {
            using JsonDocument json = JsonDocument.Parse(line);
            JsonElement value = json.RootElement.GetProperty("value");
            int step = json.RootElement.GetProperty("step").GetInt32();
            string? kind = json.RootElement.GetProperty("kind").GetString();
            if (kind == "step")
            {
                losses.Add(value.GetProperty("loss").GetDouble());
                rate = value.GetProperty("learning_rate").GetDouble();
                if (step % every == 0)
                    Add(step);
            }
            else if (kind == "evaluation")
            {
                if (losses.Count > 0)
                    Add(step);
                (points[^1].Validation, points[^1].Metric) = (value.GetProperty(metric).GetDouble(), metric);
            }
        }
        return points;

        void Add(int step)
        {
            points.Add(new CurvePoint { Step = step, Loss = losses.Average(), LearningRate = rate });
            losses.Clear();
        }
    }

    /// <summary>Writes the points.</summary>
    public static void Write(string file, IReadOnlyList<CurvePoint> points) => CsvFile.Write(file, points);
}
