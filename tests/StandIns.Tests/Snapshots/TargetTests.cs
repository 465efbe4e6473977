using VerifyTests.Internal;

namespace StandIns.Tests.Snapshots;

public sealed class TargetTests : SnapshotTests
{
    private string Put(string text)
    {
        var source = Path.Combine(Folder, "source.csv");
        File.WriteAllText(source, text);
        return source;
    }

    [Fact]
    public async Task A_file_is_verified_under_its_own_extension_and_left_as_it_is()
    {
        var source = Put("a,b\r\n1,2\r\n");
        await Failure(Verifier.VerifyFile(source).UseDirectory(Folder).UseFileName("a"));
        Assert.Equal(["a.received.csv", "source.csv"], Left);
        Assert.Equal("a,b\n1,2\n", Read("a.received.csv"));
        Assert.Equal("a,b\r\n1,2\r\n", Read("source.csv"));
    }

    [Fact]
    public async Task A_file_may_be_verified_under_another_extension()
    {
        await Failure(Verifier.VerifyFile(new FileInfo(Put("a,b")), extension: "txt").UseDirectory(Folder).UseFileName("a"));
        Assert.Equal(["a.received.txt", "source.csv"], Left);
    }

    [Fact]
    public async Task A_file_that_is_missing_is_named()
    {
        var failure = await Assert.ThrowsAnyAsync<ArgumentException>(Verifier.VerifyFile(Path.Combine(Folder, "none.csv")).ToTask);
        Assert.Contains("none.csv", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Text_is_no_binary_file() => await Assert.ThrowsAnyAsync<Exception>(Verifier.Verify("text", "png").UseDirectory(Folder).ToTask);

    [Fact]
    public async Task Scrubbers_change_the_text_the_last_one_first_unless_told_otherwise()
    {
        await Failure(Verifier.Verify("0").UseDirectory(Folder).UseFileName("a")
            .AddScrubber(text => text.Append('1'))
            .AddScrubber(text => text.Append('2'))
            .AddScrubber(text => text.Append('3'), ScrubberLocation.Last));
        Assert.Equal("0213", Read("a.received.txt"));
    }

    [Fact]
    public async Task Folders_of_this_machine_are_not_in_snapshots()
    {
        await Failure(Verifier.Verify($"{Repository.Root}/tests/StandIns.Tests/a.cs {Repository.Root}/b {AppContext.BaseDirectory}c").UseDirectory(Folder).UseFileName("a"));
        Assert.Equal("{ProjectDirectory}a.cs {SolutionDirectory}b {CurrentDirectory}c", Read("a.received.txt"));
    }

    [Theory]
    [InlineData("/home/me/x", "{Home}x")]
    [InlineData(@"\home\me\x", "{Home}x")]
    [InlineData("at /home/me", "at {Home}")]
    [InlineData("/home/me: x", "{Home}: x")]
    [InlineData("/home/me/work/x", "{Work}x")]
    [InlineData("/home/me2/x", "/home/me2/x")]
    [InlineData("a/home/me/x", "a/home/me/x")]
    public void A_folder_is_found_whole_with_either_separator(string text, string scrubbed) =>
        Assert.Equal(scrubbed, new DirectoryScrubber([("/home/me/", "{Home}"), ("/home/me/work", "{Work}")]).Scrub(text));

    [Fact]
    public async Task Settings_made_before_are_not_changed_by_the_chain()
    {
        var settings = new VerifySettings();
        settings.UseFileName("a");
        await Failure(Verifier.Verify("text", settings).UseDirectory(Folder));
        Assert.Null(settings.Directory);
    }

    [Fact]
    public async Task A_verification_runs_once_and_only_when_it_is_awaited()
    {
        var verification = Verifier.Verify("text").UseDirectory(Folder).UseFileName("a").AutoVerify();
        Assert.Empty(Left);
        Task<VerifyResult> task = verification;
        Assert.Same(await task, await verification);
    }
}
