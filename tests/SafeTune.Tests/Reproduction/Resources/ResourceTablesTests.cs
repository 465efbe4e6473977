using SafeTune.Reproduction;
using SafeTune.Reproduction.Resources;
using SafeTune.Reproduction.Results;

namespace SafeTune.Tests.Reproduction.Resources;

/// <summary>The scale <c>resources</c> on a small architecture that is known by name.</summary>
public sealed class ResourceTablesTests : IDisposable
{
    private const string Yaml = """
        title: A method on a task
        model: mini-uncased
        rows: [lora, lora+zhang, lora+adapterdrop, lora+safe]
        columns:
          mrpc: { metric: f1, learning_rate: 3e-4, batch_size: 4, micro_batch_size: 2, epochs: 4 }
        seeds: [1]
        training: { max_length: 16 }
        frozen_share: 0.5
        published: { file: published/numbers.csv, memory: memory_gb, resources_of: mrpc }
        scales: { resources: {} }
        """;

    private const string Means = """
        title: Means
        rows: [lora, lora+safe]
        derive: { all: { of: demo } }
        scales: { resources: {} }
        """;

    private readonly Workshop shop = new(Yaml);

    public ResourceTablesTests() => shop.Put("experiments/means.yaml", Means);

    public void Dispose() => shop.Dispose();

    [Fact]
    public void Steps_are_measured_while_nothing_a_share_and_all_but_one_is_frozen()
    {
        Assert.Equal(0, Run());
        List<ResourceRow> rows = Rows("demo");
        Assert.Equal([("lora", "none", 0), ("lora+zhang", "none", 0), ("lora+safe", "paper", 3), ("lora+safe", "all_but_one", 5)], rows.Select(row => (row.Method, row.State, row.FrozenBlocks)));
        Assert.All(rows, row =>
        {
            Assert.Equal(("measured", 4, 2, 16L, 6), (row.Source, row.Batch, row.MicroBatch, row.Length, row.Blocks));
            Assert.InRange((double)(row.PlannedResidentBytes + row.PlannedPeakBytes)! / (double)row.MemoryBytes!, 0.97, 1.03);
            Assert.True(row.StepSeconds > 0);
        });
        Assert.True(rows[0].MemoryBytes > rows[2].MemoryBytes && rows[2].MemoryBytes > rows[3].MemoryBytes);
        Assert.True(rows[0].Flops > rows[2].Flops && rows[2].Flops > rows[3].Flops);
    }

    [Fact]
    public void What_is_there_is_not_measured_again()
    {
        Run();
        string first = shop.Read("results/resources/demo.csv");
        shop.Output.GetStringBuilder().Clear();
        Run();
        Assert.Equal(first, shop.Read("results/resources/demo.csv"));
        Assert.DoesNotContain("measured", shop.Output.ToString(), StringComparison.Ordinal);
        Run(new Selection { Scale = "resources", Force = true });
        Assert.Contains("4 of 4: demo/mini-uncased/lora+safe/mrpc, 5 of 6 blocks frozen, batch 4: measured", shop.Output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_of_means_and_the_report_follow()
    {
        Run();
        List<ResourceRow> rows = Rows("demo"), means = Rows("means");
        Assert.Equal(["none", "paper", "all_but_one"], means.Select(row => row.State));
        Assert.Equal(rows[0].ResidentBytes, means[0].ResidentBytes);

        string report = shop.Read("results/resources/REPORT.md");
        Assert.Contains("4 of 4 cells measured", report, StringComparison.Ordinal);
        Assert.Contains("Without lora+adapterdrop", report, StringComparison.Ordinal);
        Assert.Contains("| mrpc | lora | 0 of 6 | measured | 4 in parts of 2 | 16 |", report, StringComparison.Ordinal);
        Assert.Contains("| 20.35 |", report, StringComparison.Ordinal);
        // Trained results are another thing, and verified.
        Assert.Empty(SafeTune.Reproduction.Reports.Report.Scales(shop.Root));
    }

    [Fact]
    public void A_list_measures_nothing()
    {
        Assert.Equal(0, Run(new Selection { Scale = "resources", List = true }));
        Assert.Contains("demo/mini-uncased/lora+safe/mrpc, 3 of 6 blocks frozen, batch 4", shop.Output.ToString(), StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(shop.Root, "results")));
    }

    [Fact]
    public void An_architecture_without_a_name_is_refused()
    {
        shop.Put("experiments/demo.yaml", Yaml.Replace("mini-uncased", "nobodys-model", StringComparison.Ordinal));
        Assert.Contains("nobodys-model", Assert.Throws<UsageException>(() => Run()).Message, StringComparison.Ordinal);
    }

    private int Run(Selection? selection = null) =>
        ResourceTables.Run(shop.Root, [shop.Experiment, Path.Combine(shop.Root, "experiments", "means.yaml")], selection ?? new Selection { Scale = "resources" }, shop.Output, CancellationToken.None);

    private List<ResourceRow> Rows(string table) => CsvFile.Read<ResourceRow>(Path.Combine(shop.Root, "results", "resources", table + ".csv"));
}
