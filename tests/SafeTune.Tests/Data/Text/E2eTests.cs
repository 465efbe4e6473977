using SafeTune.Data;

namespace SafeTune.Tests.Data;

public sealed class E2eTests : IDisposable
{
    private const string Rows = "mr,ref\r\n\"name[Blue Spice], area[riverside]\",Blue Spice is at the river.\r\n\"name[Blue Spice], area[riverside]\",\"By the river, there is Blue Spice.\"\r\nname[Zizzi],Zizzi.\r\n";
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_pair_to_learn_from_is_a_prompt_and_its_completion()
    {
        Write("trainset.csv", Rows);
        var data = E2e.Load(folder.Path, "train");
        Assert.Equal(TaskKind.LanguageModelling, data.Task);
        Assert.Equal(new PromptExample("name : Blue Spice | area : riverside ||", " Blue Spice is at the river."), data.Examples[0]);
        Assert.Equal(3, data.Examples.Count);
    }

    [Fact]
    public void References_of_one_meaning_come_together()
    {
        Write("testset_w_refs.csv", Rows);
        var data = E2e.Load(folder.Path, "test");
        Assert.Equal([2, 1], data.Examples.Cast<ReferencedPromptExample>().Select(example => example.References.Count));
        Assert.Equal("By the river, there is Blue Spice.", ((ReferencedPromptExample)data.Examples[0]).References[1]);
    }

    [Theory]
    [InlineData("mr,text\nname[A],B\n", "has no column 'ref'")]
    [InlineData("mr,ref\nname A,B\n", "line 2: the meaning representation is 'name A'")]
    [InlineData("mr,ref\n\"name[A], stray\",B\n", "expected slots such as")]
    [InlineData("mr,ref\nname[A],\n", "line 2: the reference is empty")]
    [InlineData("mr,ref\n", "no row below the header")]
    public void A_broken_file_is_told(string text, string sentence)
    {
        Write("devset.csv", text);
        Assert.Contains(sentence, Assert.Throws<UsageException>(() => E2e.Load(folder.Path, "dev")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_files_load_or_are_told_in_a_sentence() =>
        Damage.IsSurvived(Path.Combine(folder.Path, "trainset.csv"), System.Text.Encoding.UTF8.GetBytes(Rows), _ => E2e.Load(folder.Path, "train"));

    [HubFact]
    public void The_hubs_files_have_their_counts()
    {
        Assert.Equal(200, E2e.Load(Path.Combine(Golden.Hub!, "datasets", "e2e"), "test").Examples.Count);
        Assert.Equal(480, E2e.Load(Path.Combine(Golden.Hub!, "datasets", "e2e"), "train").Examples.Cast<PromptExample>().Select(example => example.Prompt).Distinct().Count());
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(folder.Path, name), text);
}
