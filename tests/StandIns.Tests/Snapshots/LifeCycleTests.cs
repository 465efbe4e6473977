namespace StandIns.Tests.Snapshots;

public sealed class LifeCycleTests : SnapshotTests
{
    private SettingsTask Verified(string text) => Verifier.Verify(text).UseDirectory(Folder).UseFileName("a");

    [Fact]
    public async Task A_new_snapshot_fails_and_leaves_what_was_received()
    {
        await Failure(Verified("text"));
        Assert.Equal(["a.received.txt"], Left);
        Assert.Equal("text", Read("a.received.txt"));
    }

    [Fact]
    public async Task Renaming_what_was_received_accepts_it()
    {
        await Failure(Verified("text"));
        File.Move(Path.Combine(Folder, "a.received.txt"), Path.Combine(Folder, "a.verified.txt"));
        Reset();
        var result = await Verified("text");
        Assert.Equal(["a.verified.txt"], Left);
        Assert.Equal("text", result.Text);
    }

    [Fact]
    public async Task A_changed_text_fails_and_leaves_both()
    {
        Put("a.verified.txt", "old");
        await Failure(Verified("new"));
        Assert.Equal(["a.received.txt", "a.verified.txt"], Left);
        Assert.Equal(("new", "old"), (Read("a.received.txt"), Read("a.verified.txt")));
    }

    [Fact]
    public async Task A_pass_removes_what_an_earlier_run_received()
    {
        Put("a.verified.txt", "text");
        Put("a.received.txt", "other");
        Put("a.received.md", "other");
        await Verified("text");
        Assert.Equal(["a.verified.txt"], Left);
    }

    [Fact]
    public async Task Another_tests_files_are_left_alone()
    {
        Put("a.verified.txt", "text");
        Put("ab.received.txt", "other");
        Put("ab.verified.txt", "other");
        await Verified("text");
        Assert.Equal(["a.verified.txt", "ab.received.txt", "ab.verified.txt"], Left);
    }

    [Theory]
    [InlineData("one\ntwo", "one\r\ntwo")]
    [InlineData("one\r\ntwo", "one\ntwo")]
    [InlineData("one\rtwo", "one\ntwo")]
    [InlineData("text", "text\n")]
    public async Task Line_ends_and_a_new_line_at_the_end_do_not_matter(string received, string verified)
    {
        Put("a.verified.txt", verified);
        await Verified(received);
        Assert.Equal(["a.verified.txt"], Left);
    }

    [Theory]
    [InlineData("text\n", "text")]
    [InlineData("text", "text\n\n")]
    [InlineData("text", "Text")]
    [InlineData("text", " text")]
    public async Task All_else_matters(string received, string verified)
    {
        Put("a.verified.txt", verified);
        await Failure(Verified(received));
    }

    [Fact]
    public async Task Texts_are_written_with_a_byte_order_mark()
    {
        await Failure(Verified("é"));
        Assert.Equal([0xEF, 0xBB, 0xBF, 0xC3, 0xA9], File.ReadAllBytes(Path.Combine(Folder, "a.received.txt")));
    }

    [Fact]
    public async Task Texts_are_written_without_a_byte_order_mark_on_demand()
    {
        VerifierSettings.UseUtf8NoBom();
        await Failure(Verified("é"));
        Assert.Equal([0xC3, 0xA9], File.ReadAllBytes(Path.Combine(Folder, "a.received.txt")));
    }

    [Fact]
    public async Task A_byte_order_mark_does_not_matter()
    {
        File.WriteAllBytes(Path.Combine(Folder, "a.verified.txt"), [0xEF, 0xBB, 0xBF, 0xC3, 0xA9]);
        await Verified("é");
        Assert.Equal(["a.verified.txt"], Left);
    }

    [Fact]
    public async Task An_empty_text_is_something_to_see()
    {
        await Failure(Verified(""));
        Assert.Equal("emptyString", Read("a.received.txt"));
    }

    [Fact]
    public async Task An_empty_verified_file_is_none()
    {
        Put("a.verified.txt", "");
        Assert.Contains("\nNew:\n", await Failure(Verified("text")), StringComparison.Ordinal);
        Assert.Equal(["a.received.txt"], Left);
    }

    [Fact]
    public async Task AutoVerify_accepts_the_new_and_the_changed()
    {
        await Verified("one").AutoVerify();
        Assert.Equal("one", Read("a.verified.txt"));
        Reset();
        var result = await Verified("two").AutoVerify();
        Assert.Equal(("two", "two"), (Read("a.verified.txt"), result.Text));
        Assert.Equal(["a.verified.txt"], Left);
    }

    [Fact]
    public async Task AutoVerify_by_file_accepts_only_what_is_asked_for()
    {
        await Failure(Verified("one").AutoVerify(file => file.EndsWith(".md", StringComparison.Ordinal)));
        Assert.Equal(["a.received.txt"], Left);
    }

    [Fact]
    public async Task AutoVerify_can_fail_after_accepting()
    {
        await Failure(Verified("one").AutoVerify(throwException: true));
        Assert.Equal(["a.verified.txt"], Left);
    }

    [Fact]
    public async Task AutoVerify_can_leave_out_build_servers()
    {
        var before = Environment.GetEnvironmentVariable("CI");
        Environment.SetEnvironmentVariable("CI", "true");
        try
        {
            await Failure(Verified("one").AutoVerify(includeBuildServer: false));
        }
        finally
        {
            Environment.SetEnvironmentVariable("CI", before);
        }
    }

    [Fact]
    public async Task AutoVerify_for_all_knows_the_test()
    {
        string? asked = null;
        VerifierSettings.AutoVerify((type, method, file) =>
        {
            asked = $"{type} {method} {Path.GetFileName(file)}";
            return true;
        });
        await Verified("one");
        Assert.Equal("LifeCycleTests AutoVerify_for_all_knows_the_test a.verified.txt", asked);
    }
}
