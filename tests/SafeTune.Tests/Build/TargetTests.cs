using System.Text.RegularExpressions;
using SafeTune.Tests.Data;

namespace SafeTune.Tests.Build;

/// <summary>The build program as a user meets it.</summary>
public sealed class TargetTests
{
    [Fact]
    public void Without_a_target_every_target_and_argument_is_listed()
    {
        var run = Command.Build();
        Assert.Equal(0, run.Code);
        Assert.All(["All", "Bands", "Clean", "Default", "Figure1", "Figure6", "Matrix", "Pretrain", "Regression", "Report", "Setup", "Table1", "Table2", "Table3", "Table4", "Table5", "Table6", "Test", "Verify"], target => Assert.Contains($"\n  {target} ", run.Output, StringComparison.Ordinal));
        Assert.All(SafeTune.Reproduction.Selection.Options, option => Assert.Contains($"\n  --{option}", run.Output, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--target=Tabel1", "Did you mean 'Table1'?")]
    [InlineData("--sclae=mini", "Did you mean 'scale'?")]
    [InlineData("--dryrn", "Did you mean 'dryrun'?")]
    [InlineData("--seeds=one", "--seeds")]
    [InlineData("--epochs=0", "--epochs")]
    public void A_wrong_argument_is_named_and_ends_with_2(string argument, string expected)
    {
        var run = Command.Build("--target=Default", argument);
        Assert.Equal(2, run.Code);
        Assert.Contains(expected, run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Bad_input_to_a_table_ends_with_2_and_one_sentence()
    {
        var run = Command.Build("--target=Table1", "--scale=mini", "--hub=/no/such/folder");
        Assert.Equal(2, run.Code);
        Assert.Contains("/no/such/folder", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--target=Regression")]
    [InlineData("--target=Regression", "--baseline=no-such-reference")]
    [InlineData("--target=Verify", "--scale=nowhere")]
    [InlineData("--target=Bands", "--scale=nowhere")]
    public void Without_results_to_look_at_the_build_ends_with_2(params string[] arguments) => Assert.Equal(2, Command.Build(arguments).Code);

    [Fact]
    public void Committed_results_are_no_regression_of_themselves()
    {
        using var folder = new TemporaryFolder();
        string comment = Path.Combine(folder.Path, "comment.md");
        var run = Command.Build("--target=Regression", "--scale=mini", $"--baseline={Path.Combine(Golden.Root, "results", "mini")}", $"--output={comment}");
        Assert.Equal(0, run.Code);
        Assert.StartsWith("<!-- safetune-regression -->\n**No regression: ", File.ReadAllText(comment), StringComparison.Ordinal);
    }

    [Fact]
    public void A_worse_result_ends_with_3()
    {
        using var folder = new TemporaryFolder();
        string before = File.ReadAllText(Path.Combine(Golden.Root, "results", "mini", "table1.csv"));
        File.WriteAllText(Path.Combine(folder.Path, "table1.csv"), Regex.Replace(before, @",f1,[\d.]+,", ",f1,1,"));
        var run = Command.Build(
            "--target=Regression", "--scale=mini", $"--baseline={Path.Combine(Golden.Root, "results", "mini")}", $"--candidate={folder.Path}", $"--output={Path.Combine(folder.Path, "comment.md")}");
        Assert.Equal(3, run.Code);
        Assert.Contains("**worse**", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_hub_the_table_says_what_to_pass()
    {
        using var empty = new TemporaryFolder();
        var run = Command.Run(
            "dotnet", [Path.Combine(Golden.Root, "artifacts", "bin", "Build", Configuration, "Build.dll"), "--target=Table1", "--scale=mini"], null,
            ("SAFETUNE_HUB", null), ("HF_HOME", empty.Path), ("HF_HUB_CACHE", null));
        Assert.Equal(2, run.Code);
        Assert.Contains("--hub=", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_tree_has_every_target()
    {
        var run = Command.Build("--tree");
        Assert.Equal(0, run.Code);
        Assert.Contains("Table1", run.Output, StringComparison.Ordinal);
    }

    private static string Configuration => Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
}
