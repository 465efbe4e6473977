using System.Text.Json;
using Json.Schema;
using SafeTune.Reproduction.Experiments;
using YamlDotNet.Serialization;

namespace SafeTune.Tests.Reproduction;

/// <summary>The schema that editors take must say what the program reads.</summary>
public sealed class SchemaTests
{
    private static readonly JsonSchema Schema = JsonSchema.FromFile(Path.Combine(Golden.Root, "experiments", "schema.json"));

    public static TheoryData<string> Files => [.. Directory.GetFiles(Path.Combine(Golden.Root, "experiments"), "*.yaml").Select(file => Path.GetFileName(file))];

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_experiment_file_names_the_schema_and_fits_it(string file)
    {
        string text = File.ReadAllText(Path.Combine(Golden.Root, "experiments", file));
        Assert.StartsWith("# yaml-language-server: $schema=schema.json\n", text, StringComparison.Ordinal);
        Assert.Equal("", Complaints(text));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_scale_of_every_experiment_file_loads(string file)
    {
        string path = Path.Combine(Golden.Root, "experiments", file);
        Assert.All(ExperimentFile.Scales(path), scale => Assert.NotEmpty(ExperimentFile.Load(path, scale)));
    }

    [Theory]
    [InlineData("seeds: [1, 2]", "seads: [1, 2]")]
    [InlineData("learning_rate: 1e-4", "learning_rat: 1e-4")]
    [InlineData("learning_rate: 1e-4", "learning_rate: fast")]
    [InlineData("lora+zhang", "lora+zang")]
    [InlineData("  mini:", "  mimi:")]
    [InlineData("model: small", "modle: small")]
    [InlineData("memory_after_bytes: exact", "memory_after_bytes: exakt")]
    [InlineData("batch_size: 8, epochs: 4, published: cola_mcc", "batch_size: 0, epochs: 4")]
    public void What_the_program_refuses_the_schema_refuses(string right, string wrong)
    {
        Assert.Equal("", Complaints(Workshop.Yaml));
        Assert.NotEqual("", Complaints(Workshop.Yaml.Replace(right, wrong, StringComparison.Ordinal)));
    }

    private static string Complaints(string yaml)
    {
        object? graph = new DeserializerBuilder().WithAttemptingUnquotedStringTypeDeserialization().Build().Deserialize<object?>(yaml);
        EvaluationResults result = Schema.Evaluate(JsonSerializer.SerializeToElement(graph), new EvaluationOptions { OutputFormat = OutputFormat.List });
        return result.IsValid ? "" : string.Join("\n", result.Details!.Where(detail => detail.Errors is not null).Select(detail => $"{detail.InstanceLocation}: {string.Join(", ", detail.Errors!.Values)}"));
    }
}
