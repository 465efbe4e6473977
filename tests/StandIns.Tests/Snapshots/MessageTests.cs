namespace StandIns.Tests.Snapshots;

public sealed class MessageTests : SnapshotTests
{
    private SettingsTask Verified(string text) => Verifier.Verify(text).UseDirectory(Folder).UseFileName("a");

    [Fact]
    public async Task A_new_snapshot_shows_what_was_received()
    {
        var message = await Failure(Verified("one\ntwo"));
        Assert.Equal(
            $"""
            Directory: {Folder}
            New:
              - Received: a.received.txt
                Verified: a.verified.txt

            FileContent:

            New:

            Received: a.received.txt
            one
            two


            """,
            message);
    }

    [Fact]
    public async Task A_difference_shows_both_texts()
    {
        Put("a.verified.txt", "old");
        var message = await Failure(Verified("new"));
        Assert.Equal(
            $"""
            Directory: {Folder}
            NotEqual:
              - Received: a.received.txt
                Verified: a.verified.txt

            FileContent:

            NotEqual:

            Received: a.received.txt
            new
            Verified: a.verified.txt
            old


            """,
            message);
    }

    [Fact]
    public async Task A_comparers_message_stands_in_place_of_the_texts()
    {
        Put("a.verified.txt", "old");
        var message = await Failure(Verified("new").UseStringComparer((_, _, _) => Task.FromResult(CompareResult.NotEqual("3 rows differ"))));
        Assert.Equal(
            $"""
            Directory: {Folder}
            NotEqual:
              - Received: a.received.txt
                Verified: a.verified.txt

            FileContent:

            NotEqual:

            Received: a.received.txt
            Verified: a.verified.txt
            Compare Result:
            3 rows differ


            """,
            message);
    }

    [Fact]
    public async Task A_snapshot_of_another_extension_is_to_be_deleted()
    {
        Put("a.verified.txt", "text");
        Put("a.verified.md", "text");
        var message = await Failure(Verified("text"));
        Assert.Equal(
            $"""
            Directory: {Folder}
            Delete:
              - a.verified.md
            Equal:
              - Received: a.received.txt
                Verified: a.verified.txt

            """,
            message);
        Assert.Equal(["a.verified.md", "a.verified.txt"], Left);
    }

    [Fact]
    public async Task AutoVerify_deletes_it()
    {
        Put("a.verified.txt", "text");
        Put("a.verified.md", "text");
        await Verified("text").AutoVerify();
        Assert.Equal(["a.verified.txt"], Left);
    }

    [Fact]
    public async Task Binary_content_is_not_shown()
    {
        var message = await Failure(Verifier.Verify([1, 2], "bin").UseDirectory(Folder).UseFileName("a"));
        Assert.Equal(
            $"""
            Directory: {Folder}
            New:
              - Received: a.received.bin
                Verified: a.verified.bin

            """,
            message);
    }

    [Fact]
    public async Task Content_can_be_omitted()
    {
        VerifierSettings.OmitContentFromException();
        Assert.DoesNotContain("FileContent", await Failure(Verified("text")), StringComparison.Ordinal);
    }
}
