using SafeTune.Reproduction;

namespace SafeTune.Tests.Reproduction;

public sealed class SelectionTests : IDisposable
{
    private readonly Workshop _shop = new();

    public void Dispose() => _shop.Dispose();

    [Fact]
    public void Without_a_selection_every_row_runs()
    {
        Assert.Equal(0, _shop.Run());
        Assert.Equal(6, _shop.Trainer.Ran.Count);
    }

    [Fact]
    public void Rows_take_whole_labels_and_last_parts()
    {
        _shop.Run(_shop.Select with { Rows = ["safe", "lora"], Columns = ["mrpc"], Seeds = [3, 4] });
        Assert.Equal(["lora on mrpc, seed 3", "lora+safe on mrpc, seed 3", "lora on mrpc, seed 4", "lora+safe on mrpc, seed 4"], _shop.Trainer.Ran);
    }

    [Fact]
    public void A_last_part_means_every_row_that_ends_in_it()
    {
        using var shop = new Workshop(Workshop.Yaml.Replace("lora+zhang", "bitfit+safe", StringComparison.Ordinal).Replace(" safe.", " lora+safe.", StringComparison.Ordinal).Replace("\"safe.", "\"lora+safe.", StringComparison.Ordinal));
        shop.Run(shop.Select with { Rows = ["safe"], Columns = ["mrpc"], Seeds = [3] });
        Assert.Equal(["bitfit+safe on mrpc, seed 3", "lora+safe on mrpc, seed 3"], shop.Trainer.Ran);
    }

    [Theory]
    [InlineData("rows", "save", "Did you mean 'safe'?")]
    [InlineData("rows", "meft", "demo has no row 'meft'")]
    [InlineData("columns", "mrcp", "Did you mean 'mrpc'?")]
    [InlineData("scale", "smoke", "does not exist yet")]
    [InlineData("hub", "/nowhere", "--hub names '/nowhere', which is no folder")]
    public void What_is_not_there_is_refused_before_anything_runs(string option, string value, string says)
    {
        Selection selection = Selection.Parse([new("scale", "mini"), new("hub", _shop.Hub), new(option, value)]);
        Assert.Contains(says, Assert.Throws<UsageException>(() => _shop.Run(selection)).Message, StringComparison.Ordinal);
        Assert.Empty(_shop.Trainer.Ran);
        Assert.False(Directory.Exists(Path.Combine(_shop.Root, "results")));
    }

    [Theory]
    [InlineData("row", "lora", "Did you mean 'rows'?")]
    [InlineData("seeds", "1,x", "--seeds should be a whole number of at least 0, found 'x'")]
    [InlineData("epochs", "0", "--epochs should be a whole number of at least 1")]
    [InlineData("columns", "", "--columns is empty")]
    [InlineData("force", "maybe", "--force is a flag")]
    public void A_mistyped_option_is_refused(string option, string value, string says) =>
        Assert.Contains(says, Assert.Throws<UsageException>(() => Selection.Parse([new(option, value)])).Message, StringComparison.Ordinal);

    [Fact]
    public void Options_are_parsed()
    {
        Selection selection = Selection.Parse(
            [new("rows", "lora,safe"), new("seeds", "1,2,3"), new("epochs", "2"), new("max-train", "100"), new("force", null), new("strict-claims", "true"), new("threads", "2"), new("jobs", "3"), new("shard", "2/4"), new("merge", "a,b")]);
        Assert.Equal(["lora", "safe"], selection.Rows);
        Assert.Equal([1, 2, 3], selection.Seeds);
        Assert.Equal((2, 100, true, true, 2, "smoke"), (selection.Epochs, selection.MaxTrain, selection.Force, selection.StrictClaims, selection.Threads, selection.Scale));
        Assert.Equal((3, new Shard(2, 4)), (selection.Jobs, selection.Shard));
        Assert.Equal(["a", "b"], selection.Merge);
    }

    [Fact]
    public void Without_a_hub_one_sentence_says_what_to_pass()
    {
        var refusal = Assert.Throws<UsageException>(() => Hub.Find(null, "small", name => name == "HF_HUB_CACHE" ? Path.Combine(_shop.Root, "cache") : null));
        Assert.Equal("No model 'small' at hand: pass --hub=FOLDER (or set SAFETUNE_HUB) with a folder that holds models/small and datasets/.", refusal.Message);
    }

    [Fact]
    public void The_option_goes_before_the_variable_and_the_variable_before_the_cache()
    {
        _shop.Put("cache/models--owner--small/snapshots/abc/model.safetensors", "");
        string? Environment(string name) => name switch { "SAFETUNE_HUB" => _shop.Hub, "HF_HUB_CACHE" => Path.Combine(_shop.Root, "cache"), _ => null };
        Assert.Equal(_shop.Hub, Hub.Find(null, "small", Environment).Folder);
        Assert.EndsWith("abc", Hub.Find(null, "small", name => name == "SAFETUNE_HUB" ? null : Environment(name)).ModelFolder, StringComparison.Ordinal);
        Assert.Contains("has no model 'smal'", Assert.Throws<UsageException>(() => Hub.Find(_shop.Hub, "smal", Environment)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_data_file_leaves_earlier_results_untouched()
    {
        _shop.Run();
        string before = _shop.Read("results/mini/demo.csv");
        File.Delete(Path.Combine(_shop.Hub, "datasets", "glue", "MRPC", "dev.tsv"));
        Assert.ThrowsAny<UsageException>(() => _shop.Run(_shop.Select with { Force = true }));
        Assert.Equal(before, _shop.Read("results/mini/demo.csv"));
    }
}
