using System.Globalization;
using System.Text.Json;

namespace SafeTune.Tests.Cli;

public sealed class HelpTests
{
    [Theory]
    [InlineData("train")]
    [InlineData("plan")]
    [InlineData("evaluate")]
    [InlineData("score")]
    [InlineData("predict")]
    [InlineData("merge")]
    [InlineData("inspect")]
    [InlineData("generate")]
    [InlineData("tokenize")]
    [InlineData("parity")]
    [InlineData("bench")]
    [InlineData("bench", "step")]
    [InlineData("env")]
    public void Every_command_has_help_with_an_example_of_itself(params string[] command)
    {
        var outcome = CommandLine.Run([.. command, "--help"]);

        Assert.Equal((0, ""), (outcome.Code, outcome.Error));
        Assert.Contains("Examples:", outcome.Output, StringComparison.Ordinal);
        Assert.Contains($"  safetune {string.Join(' ', command)}", outcome.Output[outcome.Output.IndexOf("Examples:", StringComparison.Ordinal)..], StringComparison.Ordinal);
    }

    [Fact]
    public void The_environment_is_there_for_programs()
    {
        var outcome = CommandLine.Run("env", "--json");

        Assert.Equal(0, outcome.Code);
        Assert.NotEqual("", JsonDocument.Parse(outcome.Output).RootElement.GetProperty("torch").GetString());
    }

    [Fact]
    public void Numbers_keep_their_points_under_any_culture()
    {
        var culture = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo("de-DE");
            var outcome = CommandLine.Run("bench", "step", "--steps", "1", "--warmup", "0", "--batch", "1", "--seq", "8", "--json");

            Assert.Equal(0, outcome.Code);
            Assert.True(JsonDocument.Parse(outcome.Output).RootElement.GetProperty("step_s").GetDouble() > 0);
            Assert.Equal("de-DE", CultureInfo.CurrentCulture.Name);
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
    }
}
