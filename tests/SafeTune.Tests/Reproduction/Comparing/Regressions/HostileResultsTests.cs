using System.Text.RegularExpressions;
using Markdig;
using SafeTune.Reproduction.Comparing.Regressions;
using SafeTune.Reproduction.Results;

namespace SafeTune.Tests.Reproduction.Comparing.Regressions;

/// <summary>Results come from pull requests of strangers.</summary>
public sealed class HostileResultsTests : IDisposable
{
    private readonly ResultsBench _bench = new();

    public void Dispose() => _bench.Dispose();

    private string Mini(string name) => Path.Combine(_bench.Shop.Root, "results", "mini", name);

    [Theory]
    [InlineData("@everyone look")]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("</summary></details><img src=x onerror=alert(1)>")]
    [InlineData("[click](https://evil.example)")]
    [InlineData("![x](https://evil.example/x.png)")]
    [InlineData("https://evil.example")]
    [InlineData("`code` | cell | **bold**")]
    [InlineData("\\| a \\` b")]
    [InlineData("``` x\n# heading\n::error::x")]
    [InlineData("<!-- safetune-regression -->")]
    [InlineData("--> &lt;b&gt; #1 owner/repo#1")]
    [InlineData("\u202Eevil\u200B\u0000\u001b[31m")]
    public void A_name_in_a_file_is_text_and_nothing_else(string name)
    {
        var row = new ResultRow { Scale = "mini", Table = "demo", Model = name, Method = name, Task = name, Metric = name, Value = 1, Reason = name };
        _bench.Shop.Put("before/demo.csv", CsvFile.Render([row, row with { Metric = "f1" }]));
        _bench.Shop.Put(ResultsBench.Results, CsvFile.Render([row with { Value = 0 }, row with { Metric = "f1", Value = 0, Status = "failed" }]));
        _bench.Shop.Put("results/mini/demo.runs.csv", CsvFile.Render<RunRow>([new() { Scale = "mini", Table = "demo", Device = name, Torch = name, Commit = name }]));
        Assert.Equal(3, _bench.Compare());
        string comment = _bench.Comment;
        string page = Markdown.ToHtml(comment, new MarkdownPipelineBuilder().UsePipeTables().UseAutoLinks().Build());
        Assert.DoesNotMatch("<(a|img|script|h[1-6]|b|em)\\b", page);
        Assert.DoesNotContain('@', comment);
        Assert.Equal(1, Regex.Count(comment, "<!--"));
        Assert.DoesNotMatch("(?m)^(::|#)", comment);
        Assert.All(comment, letter => Assert.True(letter == '\n' || (letter >= ' ' && letter != '\u202E' && letter != '\u200B'), $"U+{(int)letter:X4}"));
        Assert.All(comment.Split('\n').Where(line => line.StartsWith("| **", StringComparison.Ordinal)), line => Assert.Equal(7, line.Count(letter => letter == '|')));
    }

    [Theory]
    [InlineData("a", 5, "`a`")]
    [InlineData("", 5, "(empty)")]
    [InlineData(" \t\n", 5, "(empty)")]
    [InlineData("abcdefgh", 5, "`ab...`")]
    [InlineData("`|\\", 5, "`'//`")]
    [InlineData("müll", 5, "`m?ll`")]
    public void Text_is_one_code_span(string text, int most, string span) => Assert.Equal(span, Untrusted.Code(text, most));

    [Theory]
    [InlineData("scale,table", "scala,table", "demo.csv, line 1: expected the columns scale,table")]
    [InlineData("mini,demo,small,lora,cola,1,accuracy", "mini,table9,small,lora,cola,1,accuracy", "demo.csv, line 2: a row of table 'table9' in a file of demo.")]
    [InlineData("mini,demo,small,lora,cola,1,accuracy", "paper,demo,small,lora,cola,1,accuracy", "demo.csv, line 2: a row of scale 'paper' where scale mini is compared.")]
    [InlineData("mini,demo,small,lora,cola,1,accuracy", "mini,demo,small,lora,cola,1,matthews", "matthews of lora on cola, seed 1 stands here a second time.")]
    [InlineData("mini,demo,small,lora,cola,1,accuracy", "mini,demo,small,lora,cola,\"\n::error::boo\",accuracy", "is no value for seed")]
    [InlineData("mini,demo,small,lora,cola,1,accuracy", "mini,demo,small,lora,cola,99999999999,accuracy", "'99999999999' is no value for seed")]
    [InlineData("mini,demo,small,lora,cola,1,accuracy", "mini,demo,small,lora,cola,1,accuracy,more", "expected 31 fields, found 32")]
    [InlineData("mini,demo,small,lora,cola,1,accuracy", "mini,demo,\"small", "demo.csv, line ")]
    public void A_file_that_is_not_as_it_should_be_is_refused_by_file_and_line(string right, string wrong, string says)
    {
        _bench.Plant(right, wrong);
        string refusal = _bench.Refusal();
        Assert.Contains(says, refusal, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal);
    }

    [Fact]
    public void A_name_of_thousands_of_letters_is_refused()
    {
        _bench.Plant(",small,", $",{new string('x', 5000)},");
        Assert.Contains("a name of 5000 characters; at most 200 are read", _bench.Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_over_8_megabytes_is_refused_unread()
    {
        using (FileStream file = File.OpenWrite(Mini("demo.csv")))
            file.SetLength(ResultFolder.MostBytes + 1);
        Assert.Contains("8000001 bytes; a table of results has at most 8000000", _bench.Refusal(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("demo.csv")]
    [InlineData("demo.runs.csv")]
    public void A_symbolic_link_is_refused(string name)
    {
        File.Delete(Mini(name));
        File.CreateSymbolicLink(Mini(name), Path.Combine(_bench.Before, name));
        Assert.Contains("is no plain file", _bench.Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_by_a_files_name_is_refused()
    {
        File.Delete(Mini("demo.csv"));
        Directory.CreateDirectory(Mini("demo.csv"));
        Assert.Contains("is no plain file", _bench.Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_linked_folder_is_refused()
    {
        string link = Path.Combine(_bench.Shop.Root, "link");
        Directory.CreateSymbolicLink(link, _bench.Before);
        Assert.Contains("is a symbolic link", _bench.Refusal(candidate: link), StringComparison.Ordinal);
        Assert.Contains("is a symbolic link", _bench.Refusal(candidate: link + "/"), StringComparison.Ordinal);
    }

    [Fact]
    public void Unknown_files_are_left_alone()
    {
        File.CreateSymbolicLink(Mini("table99.csv"), "/etc/passwd");
        File.WriteAllText(Mini("evil.csv"), "not,a,table\n\"");
        Assert.Equal(0, _bench.Compare());
        Assert.DoesNotContain("evil", _bench.Comment, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_to_compare_is_refused()
    {
        string empty = Directory.CreateDirectory(Path.Combine(_bench.Shop.Root, "empty")).FullName;
        Assert.Contains("There are no results of a known table", _bench.Refusal(candidate: empty), StringComparison.Ordinal);
        Assert.Contains("There are no results of a known table", _bench.Refusal(empty), StringComparison.Ordinal);
        Assert.Contains("is no folder", _bench.Refusal(candidate: "/no/such/folder"), StringComparison.Ordinal);
        File.WriteAllText(Mini("demo.csv"), "");
        Assert.Contains("is empty", _bench.Refusal(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../before")]
    [InlineData("mini\n")]
    [InlineData("-x")]
    public void A_scale_is_a_folders_name(string scale) => Assert.Contains(
        "--scale should be", Assert.Throws<UsageException>(() => Regression.Run(_bench.Shop.Root, new() { Scale = scale, Baseline = _bench.Before }, _bench.Shop.Output)).Message, StringComparison.Ordinal);

    [Fact]
    public void Bytes_that_are_no_text_are_refused_or_compared_but_never_crash()
    {
        for (int seed = 0; seed < 40; seed++)
        {
            var random = new Random(seed);
            byte[] bytes = File.ReadAllBytes(Path.Combine(_bench.Before, "demo.csv"));
            for (int i = 0; i < 5; i++)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            File.WriteAllBytes(Mini("demo.csv"), bytes);
            try
            {
                Assert.Contains(_bench.Compare(), (int[])[0, 3]);
            }
            catch (UsageException refused)
            {
                Assert.Contains("demo.csv, line ", refused.Message, StringComparison.Ordinal);
            }
        }
    }
}
