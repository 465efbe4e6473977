using SafeTune.Tests.Data;
using SafeTune.Training;
using Xunit;

namespace SafeTune.Tests.Training;

/// <summary>A result takes the place of another as a whole, and of nothing else.</summary>
public sealed class ResultFolderTests : IDisposable
{
    private readonly TemporaryFolder around = new();

    private string Folder => Path.Combine(around.Path, "result");

    public void Dispose() => around.Dispose();

    [Theory]
    [InlineData("adapter_model.safetensors", "adapter_config.json", "safetune.json", "freeze_plan.json")]
    [InlineData("adapter.safetensors", "adapter_config.json", "head_config.json", "model_head.safetensors")]
    [InlineData("pytorch_adapter.bin", "adapter_config.json", "pytorch_model_head.bin")]
    [InlineData("bitfit_model.safetensors", "bitfit_config.json", "safetune.json")]
    [InlineData("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "model.safetensors.index.json", "config.json", "vocab.txt", "tokenizer_config.json")]
    [InlineData("adapter_model.safetensors.partial", "adapter_config.json")]
    public void Nothing_of_an_earlier_result_stays(params string[] earlier)
    {
        foreach (var name in earlier) around.File("result/" + name, "old");

        Replace("model.safetensors", "config.json");

        Assert.Equal(["config.json", "model.safetensors"], Names(Folder));
    }

    [Fact]
    public void Files_of_the_users_own_stay()
    {
        foreach (var name in (string[])["safetune.json", "adapter_model.safetensors", "README.md", "config.json.bak", "model-01-notes.txt", "plots/loss.svg"]) around.File("result/" + name, "mine");

        Replace("safetune.json", "bitfit_config.json");

        Assert.Equal(["README.md", "bitfit_config.json", "config.json.bak", "model-01-notes.txt", "plots", "safetune.json"], Names(Folder));
        Assert.Equal("mine", File.ReadAllText(Path.Combine(Folder, "plots", "loss.svg")));
        Assert.Equal("new", File.ReadAllText(Path.Combine(Folder, "safetune.json")));
    }

    [Fact]
    public void A_folder_that_holds_no_result_is_written_into()
    {
        around.File("result/notes.txt", "mine");

        Replace("safetune.json", "adapter_config.json");

        Assert.Equal(["adapter_config.json", "notes.txt", "safetune.json"], Names(Folder));
    }

    [Fact]
    public void A_result_that_cannot_be_written_leaves_the_earlier_one_and_nothing_beside_it()
    {
        around.File("result/safetune.json", "old");

        Assert.Throws<UsageException>(() => ResultFolder.Replace(Folder, into =>
        {
            File.WriteAllText(Path.Combine(into, "adapter_model.safetensors"), "half");
            throw new UsageException("no space");
        }));

        Assert.Equal(["result"], Names(around.Path));
        Assert.Equal(["safetune.json"], Names(Folder));
    }

    [Fact]
    public void What_a_killed_process_left_is_cleared_and_the_users_files_come_back()
    {
        around.File("result/safetune.json", "new");
        around.File("result.partial/safetune.json", "old");
        around.File("result.partial/notes.txt", "mine");

        Replace("safetune.json", "adapter_config.json");

        Assert.Equal(["adapter_config.json", "notes.txt", "safetune.json"], Names(Folder));
        Assert.Equal(["result"], Names(around.Path));
    }

    [Fact]
    public void A_link_to_a_folder_stays_a_link()
    {
        around.File("disk/safetune.json", "old");
        Directory.CreateSymbolicLink(Folder, Path.Combine(around.Path, "disk"));

        Replace("config.json", "model.safetensors");

        Assert.NotNull(new DirectoryInfo(Folder).LinkTarget);
        Assert.Equal(["config.json", "model.safetensors"], Names(Path.Combine(around.Path, "disk")));
    }

    private void Replace(params string[] names) => ResultFolder.Replace(Folder, into =>
    {
        foreach (var name in names) File.WriteAllText(Path.Combine(into, name), "new");
    });

    private static string[] Names(string folder) => [.. Directory.GetFileSystemEntries(folder).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];
}
