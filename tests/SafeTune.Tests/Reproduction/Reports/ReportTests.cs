using System.Text.RegularExpressions;
using SafeTune.Reproduction.Reports;

namespace SafeTune.Tests.Reproduction.Reports;

public sealed class ReportTests : IDisposable
{
    private readonly Workshop _shop = new();

    public void Dispose() => _shop.Dispose();

    private string Markdown => _shop.Read("results/mini/REPORT.md");
    private string Html => _shop.Read("results/mini/REPORT.html");

    [Fact]
    public void The_answer_comes_first_and_every_table_has_its_line()
    {
        _shop.Run();
        Assert.StartsWith("# SafeTune: reproduction at scale mini\n\n**Does SAFE hold here? Yes: of Two methods on two tasks's 2 judged claims 2 hold.** Against LoRA, over all 2 tasks:\n\n- **Saves:** 30 % less memory", Markdown, StringComparison.Ordinal);
        Assert.Contains("| [Two methods on two tasks](#two-methods-on-two-tasks) | 6 ok | not verified | 2 of 2 hold | −0.10 | × 0.70 | × 0.80 | × 0.84 | × 0.85 |", Markdown, StringComparison.Ordinal);
        Assert.Contains("6 cells measured. SAFE against LoRA over cola, mrpc: score −0.10 points, memory after freezing × 0.70, mean memory × 0.80, compute × 0.84, time × 0.85. "
            + "Of 2 claims 2 hold, 0 fail, 0 cannot be judged. Nobody verified these results yet.", Markdown, StringComparison.Ordinal);
    }

    [Fact]
    public void Methods_stand_beside_tasks_with_the_published_scores_in_brackets()
    {
        _shop.Run();
        Assert.Contains("| method | mean | cola | mrpc |", Markdown, StringComparison.Ordinal);
        Assert.Contains("| lora+safe | 80.90 (77.05) | 80.90 (65.26) | 80.90 (88.84) |", Markdown, StringComparison.Ordinal);
        Assert.Contains("| lora+zhang | 81.00 | 81.00 | 81.00 |", Markdown, StringComparison.Ordinal);
    }

    [Fact]
    public void The_costs_of_every_cell_are_there_and_their_sums()
    {
        _shop.Run();
        Assert.Contains("<summary>Two methods on two tasks: 6 cells, 63 s, 0.00 TFLOP</summary>", Markdown, StringComparison.Ordinal);
        Assert.Contains("| mrpc | lora+safe | 1 | 8.0 | 0.5 | 1.0 | 50.0 | 12.0 | 12.1 | 0.000 |", Markdown, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_link_of_the_page_has_its_place_and_no_place_is_there_twice()
    {
        _shop.Run();
        string[] places = [.. Regex.Matches(Html, " id=\"([^\"]*)\"").Select(match => match.Groups[1].Value)];
        string[] links = [.. Regex.Matches(Html, "href=\"#([^\"]*)\"").Select(match => match.Groups[1].Value)];
        Assert.Equal(places.Distinct(), places);
        Assert.NotEmpty(links);
        Assert.Empty(links.Except(places));
        Assert.Contains("<nav aria-label=\"Contents\">", Html, StringComparison.Ordinal);
    }

    [Fact]
    public void Published_stands_beside_reproduced_with_mean_and_deviation()
    {
        _shop.Run(_shop.Select with { Columns = ["mrpc"], Seeds = [1, 2, 3] });
        Assert.Contains("| mrpc | f1 | lora | 87.90 | 82.00 ± 1.00 | −5.90 | 3 | 6 of 3,668 |", Markdown, StringComparison.Ordinal);
        Assert.Contains("| mrpc | f1 | lora+zhang |  | 82.00 ± 1.00 |  | 3 | 6 of 3,668 |", Markdown, StringComparison.Ordinal);
    }

    [Fact]
    public void Away_from_the_papers_model_published_numbers_are_for_orientation_and_not_judged()
    {
        _shop.Run();
        Assert.Contains("the published numbers are of big on the full data and the paper's test split, and are shown for orientation only", Markdown, StringComparison.Ordinal);
        Assert.DoesNotContain("in band", Markdown, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_made_from_random_weights_is_called_so()
    {
        _shop.Run();
        _shop.Put("experiments/small.json", "{}");
        _shop.Put("experiments/demo.yaml", Workshop.Yaml + "\n    recipe: { config: small.json, task: mrpc, epochs: 3, batch_size: 8, learning_rate: 1e-3 }\n");
        Report.Write(_shop.Root, "mini");
        Assert.Contains(", on small (from random weights). **Where:**", Markdown, StringComparison.Ordinal);
        Assert.Contains("small is no pre-trained model: random weights, then 3 epochs of full training on mrpc (train) in the place of pre-training.", Markdown, StringComparison.Ordinal);
    }

    [Fact]
    public void With_the_papers_model_the_score_is_held_against_its_band()
    {
        _shop.Run(_shop.Select with { Scale = "paper" });
        Assert.Contains("| mrpc | f1 | lora | 87.90 | 81.50 ± 0.71 | −6.40 | 2 | 6 of 3,668 | **no** |", _shop.Read("results/paper/REPORT.md"), StringComparison.Ordinal);
    }

    [Fact]
    public void Costs_carry_memory_compute_time_and_the_lowest_trainable_layer()
    {
        _shop.Run();
        Assert.Contains("| mrpc | lora+safe | 2.0 | 10.0 | 7.0 | 8.0 | 6.0 | 0.00 | 9 | 50 % | 1 |", Markdown, StringComparison.Ordinal);
        Assert.Contains("| mrpc | lora+safe | 1 | −0.10 | 0.70 | 0.80 | 0.75 | 0.84 | 0.85 |", Markdown, StringComparison.Ordinal);
    }

    [Fact]
    public void The_trade_stands_beside_the_published_one_and_says_where_the_kind_differs()
    {
        _shop.Run();
        Assert.Contains("| published memory | published compute | same kind |", Markdown, StringComparison.Ordinal);
        // Published: memory 11.20 of 20.35, compute 35,415 of 46,698. The invented runs of both rows are alike.
        Assert.Contains("| mrpc | lora+zhang | 1 | 0.00 | 1.00 | 1.00 | 1.00 | 1.00 | 1.00 | 0.55 | 0.76 | **neither** |", Markdown, StringComparison.Ordinal);
        Assert.Contains("| 0.60 | 0.65 | yes |", Markdown, StringComparison.Ordinal);
    }

    [Fact]
    public void The_freezing_pattern_says_what_froze_when_and_what_that_freed()
    {
        _shop.Run();
        Assert.Contains("lora+safe on mrpc, seed 1: froze 0 (in this order) of 2 blocks", Markdown, StringComparison.Ordinal);
        Assert.Contains("| block 0 | 0.0100 | ❄ 0.0120 |", Markdown, StringComparison.Ordinal);
        Assert.Contains("| 0 | 2 | 2 | 10 | 0.0120 | 0.3000 | 4.1 | 8.2 | 1000.0 | 999.0 |", Markdown, StringComparison.Ordinal);
        Assert.Contains("lora on mrpc, seed 1: nothing froze", Markdown, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_missing_is_named_with_its_reason()
    {
        _shop.Run(_shop.Select with { Rows = ["lora"], Columns = ["mrpc"] });
        Assert.Contains("- Not run: lora on cola; lora+zhang on cola, mrpc; lora+safe on cola, mrpc.", Markdown, StringComparison.Ordinal);
        Assert.Contains("cannot be judged | no finished cell of lora+safe |", Markdown, StringComparison.Ordinal);
        Assert.Contains("- mrpc was trained on 6 of 3,668 published rows.", Markdown, StringComparison.Ordinal);
        Assert.Contains("- The paper says two things.", Markdown, StringComparison.Ordinal);
    }

    [Fact]
    public void The_environment_is_stated()
    {
        _shop.Run();
        Assert.Matches("6 cells, .*: a processor; 2 threads; BLAS OpenBLAS; Debian; torch 1.13.1 \\(standin\\); .NET 10.0.1; commit abc1234", Markdown);
    }

    [Fact]
    public void A_report_is_made_again_from_the_committed_files_alone()
    {
        _shop.Run();
        string markdown = Markdown, html = Html;
        Directory.Delete(_shop.Runs, recursive: true);
        Directory.Delete(_shop.Hub, recursive: true);
        File.Delete(Path.Combine(_shop.Root, "results", "mini", "REPORT.md"));
        Assert.Equal(["mini"], Report.Scales(_shop.Root));
        Report.Write(_shop.Root, "mini");
        Assert.Equal((markdown, html), (Markdown, Html));
    }

    [Fact]
    public void Without_results_there_is_no_report() =>
        Assert.Contains("There are no results", Assert.Throws<UsageException>(() => Report.Write(_shop.Root, "mini")).Message, StringComparison.Ordinal);

    [Fact]
    public void The_page_stands_alone_and_fits_a_phone_and_the_dark()
    {
        _shop.Run();
        Assert.DoesNotMatch("src=|href=\"[^#]|url\\(|@import", Html);
        Assert.Contains("prefers-color-scheme: dark", Html, StringComparison.Ordinal);
        Assert.Contains("width=device-width", Html, StringComparison.Ordinal);
        Assert.Equal(Regex.Count(Html, "<table>"), Regex.Count(Html, "<div class=\"wide\">\n<table>"));
    }

    [Fact]
    public void The_page_draws_a_cell_for_every_block_and_probe()
    {
        _shop.Run(_shop.Select with { Rows = ["safe"], Columns = ["mrpc"] });
        string map = Html[Html.IndexOf("importance of 2 blocks at 2 probes", StringComparison.Ordinal)..];
        Assert.Equal(4, Regex.Count(map[..map.IndexOf("</svg>", StringComparison.Ordinal)], "<rect "));
        Assert.Equal(1, Regex.Count(Html, "class=\"frozen\""));
        Assert.Contains("probe 2: 0.0120, τ 0.3000, freezes", Html, StringComparison.Ordinal);
    }

    [Fact]
    public void LoRA_is_held_against_another_implementations_runs()
    {
        _shop.Put("experiments/published/others.csv", "task,seed,accuracy,f1,train_loss_last_epoch\nmrpc,1,0.70,0.82,0.41\nmrpc,2,0.70,0.84,0.43\n");
        _shop.Put("experiments/demo.yaml", Workshop.Yaml + "\n    reference: { file: published/others.csv, by: someone else, method: lora, score: 2.5, score_by_task: { mrpc: 1.5 }, relative_loss: 0.1 }\n");
        _shop.Run();
        Assert.Contains("| mrpc | accuracy | 70.00 ± 0.00 | 71.00 | 1.00 | 1.5 | yes |", Markdown.Replace("+1.00", "1.00", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("| mrpc | f1 | 83.00 ± 1.41 | 81.00 | −2.00 | 1.5 | **no** |", Markdown, StringComparison.Ordinal);
        Assert.Contains("| mrpc | train_loss | 0.4200 ± 0.0141 | 0.4000 | −4.76 % | 10 % | yes |", Markdown, StringComparison.Ordinal);
    }
}
