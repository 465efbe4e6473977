using System.Text.Json;
using SafeTune.Adapters;
using SafeTune.Measurement;
using SafeTune.Tests.Cli;
using Xunit.Abstractions;

namespace SafeTune.Tests.Measurement;

public sealed class ParityTests(ITestOutputHelper output) : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("safetune-parity-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("bert/classification", 26)]
    [InlineData("bert/regression", 26)]
    [InlineData("bert/qa", 28)]
    [InlineData("roberta/classification", 28)]
    [InlineData("roberta/qa", 28)]
    [InlineData("gpt2", 18)]
    [InlineData("llama", 24)]
    public void Every_output_and_gradient_is_within_tolerance(string golden, int outputs)
    {
        var rows = Parity.Run(Golden.Path(golden));

        foreach (var row in rows) output.WriteLine($"{row.Name} {row.Difference:E2} of {row.Tolerance:E2}");
        Assert.All(rows, row => Assert.True(row.Passed, $"{row.Name}: {row.Difference} above {row.Tolerance}"));
        // out: 4 hidden states, logits (one or two), loss; lora: the same, and gradients of 6 or 12 adapter weights and up to 4 of the head.
        Assert.Equal(outputs, rows.Count);
    }

    [Theory]
    [InlineData("bert/classification")]
    [InlineData("bert/regression")]
    public void The_command_exits_with_0_when_all_is_within_tolerance(string golden)
    {
        var outcome = CommandLine.Run("parity", Golden.Path(golden), "--json");

        Assert.Equal((0, ""), (outcome.Code, outcome.Error));
        Assert.True(JsonDocument.Parse(outcome.Output).RootElement.GetProperty("passed").GetBoolean());
    }

    [Fact]
    public void The_command_exits_with_1_and_names_what_differs()
    {
        Copy("bert/classification");
        // An adapter's weight changed in its last bits but one: the bare model's outputs still hold.
        var path = Path.Combine(folder, "adapter", PeftFolder.WeightsName);
        var bytes = File.ReadAllBytes(path);
        bytes[^2] ^= 0x10;
        File.WriteAllBytes(path, bytes);

        var outcome = CommandLine.Run("parity", folder);

        Assert.Equal(1, outcome.Code);
        var lines = outcome.Output.Split('\n');
        Assert.All(lines.Where(line => line.StartsWith("out.", StringComparison.Ordinal)), line => Assert.EndsWith("pass", line, StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("lora.logits", StringComparison.Ordinal) && line.EndsWith("FAIL", StringComparison.Ordinal));
    }

    [Fact]
    public void A_truncated_golden_file_is_bad_input()
    {
        Copy("bert/regression");
        var path = Path.Combine(folder, Parity.FileName);
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^10]);

        var outcome = CommandLine.Run("parity", folder);

        Assert.Equal(2, outcome.Code);
        Assert.Contains("truncated", Assert.Single(outcome.Errors), StringComparison.Ordinal);
    }

    private void Copy(string golden)
    {
        Directory.CreateDirectory(Path.Combine(folder, "adapter"));
        foreach (var file in Directory.EnumerateFiles(Golden.Path(golden), "*", SearchOption.AllDirectories))
            File.Copy(file, Path.Combine(folder, Path.GetRelativePath(Golden.Path(golden), file)));
    }
}
