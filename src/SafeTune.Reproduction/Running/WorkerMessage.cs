using System.Text.Json;

namespace SafeTune.Reproduction.Running;

/// <summary>What a build tells its worker processes, and they it: one line of JSON each.</summary>
/// <param name="Kind">To a worker: <c>begin</c> (once, with everything it needs to plan), <c>cell</c>. From it: <c>step</c>, <c>end</c>, <c>refuse</c>.</param>
internal sealed record WorkerMessage(string Kind)
{
    public string? Root { get; init; }
    public IReadOnlyList<string>? ExperimentFiles { get; init; }
    public Selection? Selection { get; init; }
    /// <summary>Of the cell.</summary>
    public string? Folder { get; init; }
    public bool Force { get; init; }
    public int Step { get; init; }
    public int Steps { get; init; }
    public CellEnd End { get; init; }
    /// <summary>Why the worker cannot go on: a sentence for the user.</summary>
    public string? Sentence { get; init; }

    public void Write(TextWriter writer)
    {
        lock (writer)
        {
            writer.WriteLine(JsonSerializer.Serialize(this));
            writer.Flush();
        }
    }

    /// <summary>The next one; null when the other side is gone.</summary>
    public static WorkerMessage? Read(TextReader reader)
    {
        while (reader.ReadLine() is { } line)
        {
            // A native library may print to standard output too.
            if (line.StartsWith('{'))
                return JsonSerializer.Deserialize<WorkerMessage>(line);
        }

        return null;
    }
}
