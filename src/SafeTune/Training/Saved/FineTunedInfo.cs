using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using SafeTune.Data;

namespace SafeTune.Training;

/// <summary>What neither PEFT's files nor Hugging Face's say of a fine-tuned model, and predicting needs: safetune.json, beside them.</summary>
public sealed record FineTunedInfo
{
    /// <summary>The file's name.</summary>
    public const string FileName = "safetune.json";

    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower), new UndefinedAsNull() },
    };

    private readonly TaskKind? task;

    /// <summary>How it was trained, e.g. <c>lora+safe</c>.</summary>
    public required string Method { get; init; }

    /// <summary>Folder of the pre-trained model and its tokenizer; null = this folder has both (full fine-tuning).</summary>
    public required string? BaseModel { get; init; }

    /// <summary>What it predicts; files that do not say so are of a classification or, without label names, of a regression.</summary>
    public TaskKind Task
    {
        get => task ?? (LabelNames is null ? TaskKind.Regression : TaskKind.Classification);
        init => task = value;
    }

    /// <summary>Names of the classes by index; null when there are none.</summary>
    public required IReadOnlyList<string>? LabelNames { get; init; }

    /// <summary>Of two classes the one that <c>f1</c> is of; null = there are not two, or they are a GLUE task's.</summary>
    public string? PositiveLabel { get; init; }

    /// <summary>Whether the labels were numbers, or true and false, in a JSON Lines table: predictions are written as such.</summary>
    public bool HasUnquotedLabels { get; init; }

    /// <summary>Tokens kept of an example.</summary>
    public required int MaxLength { get; init; }

    /// <summary>Columns of the texts in the training table; null when they were not from a table.</summary>
    public IReadOnlyList<string>? TextColumns { get; init; }

    /// <summary>Column of the labels in the training table.</summary>
    public string? LabelColumn { get; init; }

    /// <summary>Scores of the validation set, as fractions.</summary>
    public IReadOnlyDictionary<string, double> Scores { get; init; } = new Dictionary<string, double>();

    /// <summary>Digests of the adapter's files and of the pre-trained model's and its tokenizer's, by name; null = not recorded.</summary>
    public IReadOnlyDictionary<string, string>? Files { get; init; }

    /// <summary>Reads a folder's file; null when it has none, e.g. because peft saved it.</summary>
    /// <exception cref="UsageException">The file is not what this class writes.</exception>
    public static FineTunedInfo? Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) return null;
        return JsonFile.Read(path, json =>
        {
            try
            {
                return json.Deserialize<FineTunedInfo>(Options) ?? throw new UsageException($"{path} is empty; train again.");
            }
            catch (JsonException error)
            {
                throw new UsageException($"{path} cannot be read: {error.Message}", error);
            }
        });
    }

    /// <summary>Writes the file into a folder.</summary>
    public void Write(string folder) => AtomicFile.WriteAllText(Path.Combine(folder, FileName), JsonSerializer.Serialize(this, Options) + "\n");
}
