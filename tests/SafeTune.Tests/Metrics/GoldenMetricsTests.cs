using System.Text.Json;
using SafeTune.Metrics;
using Xunit.Abstractions;

namespace SafeTune.Tests.Metrics;

public sealed class GoldenMetricsTests(ITestOutputHelper output)
{
    [Fact]
    public void All_metrics_equal_scikit_learn_and_scipy()
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(Golden.Path("metrics/classification_regression.json")));
        var (largest, compared) = (0.0, 0);
        foreach (var row in json.RootElement.EnumerateArray())
        {
            var regression = row.GetProperty("kind").GetString() == "regression";
            var (expected, predicted) = (Numbers(row, "labels"), Numbers(row, "predictions"));
            var scores = TaskMetrics.Of(regression, row.TryGetProperty("f1", out _) ? 2 : 3, expected, predicted);
            foreach (var metric in row.EnumerateObject().Where(property => property.Value.ValueKind == JsonValueKind.Number))
            {
                var (right, ours) = (metric.Value.GetDouble(), scores[metric.Name]);
                largest = Math.Max(largest, Math.Abs(ours - right) / Math.Max(Math.Abs(right), 1e-12));
                compared++;
            }
        }

        output.WriteLine($"{compared} values, largest relative difference {largest:E1}");
        Assert.True(compared >= 40, $"only {compared} values were there to compare");
        Assert.InRange(largest, 0, 1e-6);
    }

    private static double[] Numbers(JsonElement row, string name) => [.. row.GetProperty(name).EnumerateArray().Select(value => value.GetDouble())];
}
