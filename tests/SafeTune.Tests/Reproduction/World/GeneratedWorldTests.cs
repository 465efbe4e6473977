using SafeTune.Reproduction.World;

namespace SafeTune.Tests.Reproduction.World;

public sealed class GeneratedWorldTests
{
    [Fact]
    public async Task A_killed_run_leaves_nothing_in_the_world_or_beside_it()
    {
        string parent = Directory.CreateTempSubdirectory("safetune-").FullName;
        try
        {
            string left = Path.Combine(parent, "world-3.partial", "datasets", "left-over.txt");
            Directory.CreateDirectory(Path.GetDirectoryName(left)!);
            await File.WriteAllTextAsync(left, "");
            string[] worlds = await Task.WhenAll(Task.Run(Make), Task.Run(Make));
            Assert.Equal([Path.Combine(parent, "world-3")], worlds.Distinct());
            Assert.Equal(worlds[0], Assert.Single(Directory.GetDirectories(parent)));
            Assert.True(File.Exists(Path.Combine(worlds[0], "datasets", "glue", "RTE", "train.tsv")));
            Assert.False(File.Exists(Path.Combine(worlds[0], "datasets", "left-over.txt")));
        }
        finally
        {
            Directory.Delete(parent, recursive: true);
        }

        string Make() => GeneratedWorld.In(parent, TextWriter.Null);
    }
}
