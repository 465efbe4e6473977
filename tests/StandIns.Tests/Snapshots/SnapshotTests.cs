namespace StandIns.Tests.Snapshots;

/// <summary>What the tests of this repository rely on; all of it holds for the package too.</summary>
public sealed class SnapshotTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_new_snapshot_fails_and_leaves_what_was_received()
    {
        var message = await Failure(Verified("text"));
        Assert.Contains("New:\n  - Received: a.received.txt\n    Verified: a.verified.txt\n", message, StringComparison.Ordinal);
        Assert.Equal(["a.received.txt", "source.txt"], Left);
        Assert.Equal("text", Read("a.received.txt"));
    }

    [Fact]
    public async Task Renaming_what_was_received_accepts_it()
    {
        await Failure(Verified("text"));
        File.Move(Path.Combine(folder.Path, "a.received.txt"), Path.Combine(folder.Path, "a.verified.txt"));
        await Passes("text");
    }

    [Fact]
    public async Task A_changed_text_fails_and_leaves_both()
    {
        Put("a.verified.txt", "old");
        Assert.Contains("Received: a.received.txt\nnew\nVerified: a.verified.txt\nold", await Failure(Verified("new")), StringComparison.Ordinal);
        Assert.Equal(("new", "old"), (Read("a.received.txt"), Read("a.verified.txt")));
    }

    [Fact]
    public async Task A_pass_removes_what_an_earlier_run_received()
    {
        Put("a.verified.txt", "text");
        Put("a.received.txt", "other");
        await Passes("text");
        Assert.Equal(["a.verified.txt", "source.txt"], Left);
    }

    [Theory]
    [InlineData("one\ntwo", "one\r\ntwo")]
    [InlineData("one\r\ntwo", "one\ntwo")]
    [InlineData("text", "text\n")]
    public async Task Line_ends_and_a_new_line_at_the_end_do_not_matter(string received, string verified)
    {
        Put("a.verified.txt", verified);
        await Passes(received);
    }

    [Fact]
    public async Task A_scrubber_changes_the_text_before_it_is_compared()
    {
        Put("a.verified.txt", "at {time}");
        await Verified("at 12:30").AddScrubber(text => text.Replace("12:30", "{time}"));
    }

    [Fact]
    public async Task A_comparer_decides_about_what_differs_and_gives_the_reason()
    {
        Put("a.verified.txt", "1.0");
        await Verified("1.1").UseStringComparer((_, _, _) => Task.FromResult(CompareResult.Equal));
        var message = await Failure(Verified("1.1").UseStringComparer((received, verified, _) => Task.FromResult(CompareResult.NotEqual($"{received} is not {verified}"))));
        Assert.Contains("Compare Result:\n1.1 is not 1.0", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_name_of_its_own_a_snapshot_has_its_tests()
    {
        Put("source.txt", "text");
        await Verifier.VerifyFile(Path.Combine(folder.Path, "source.txt"));
    }

    private string[] Left => [.. Directory.EnumerateFiles(folder.Path).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    private SettingsTask Verified(string text)
    {
        Put("source.txt", text);
        return Verifier.VerifyFile(Path.Combine(folder.Path, "source.txt")).UseDirectory(folder.Path).UseFileName("a");
    }

    private async Task Passes(string text) => await Verified(text);

    private static async Task<string> Failure(SettingsTask verification)
    {
        var failure = await Assert.ThrowsAnyAsync<Exception>(verification.ToTask);
        Assert.Equal("VerifyException", failure.GetType().FullName);
        return failure.Message;
    }

    private string Read(string file) => File.ReadAllText(Path.Combine(folder.Path, file));

    private void Put(string file, string text) => File.WriteAllText(Path.Combine(folder.Path, file), text);
}
