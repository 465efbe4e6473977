using System.Text.Json;

namespace SafeTune.Training;

/// <summary>metrics.jsonl of a run: one JSON object a line, for plots and for people who wonder what happened.</summary>
internal sealed class MetricsLog : IDisposable
{
    private static readonly JsonSerializerOptions Options = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, Converters = { new UndefinedAsNull() } };
    private readonly StreamWriter writer;

    /// <summary>Goes on with the lines up to <paramref name="step"/>; later ones, written after the checkpoint that the run resumes from, are dropped.</summary>
    public MetricsLog(string path, int step)
    {
        string[] kept = File.Exists(path) ? [.. File.ReadLines(path).TakeWhile(line => StepOf(line) <= step)] : [];
        AtomicFile.WriteAllText(path, string.Concat(kept.Select(line => line + "\n")));
        writer = new StreamWriter(path, append: true);
    }

    /// <summary>Appends a line; <paramref name="value"/>'s properties follow the step and the kind.</summary>
    public void Add<T>(int step, string kind, T value) => writer.Write(JsonSerializer.Serialize(new Line<T>(step, kind, value), Options) + "\n");

    /// <summary>Hands the lines to the system.</summary>
    public void Flush() => writer.Flush();

    /// <inheritdoc/>
    public void Dispose() => writer.Dispose();

    private static int StepOf(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<Line<JsonElement>>(line, Options)!.Step;
        }
        catch (JsonException)
        {
            return int.MaxValue;
        }
    }

    private sealed record Line<T>(int Step, string Kind, T Value);
}
