namespace SafeTune.Tests.Data;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_new_file_appears_with_its_folders()
    {
        var path = Path.Combine(_folder.Path, "a", "b", "new.txt");
        AtomicFile.WriteAllText(path, "Straße");
        Assert.Equal("Straße"u8.ToArray(), File.ReadAllBytes(path));
    }

    [Fact]
    public void An_old_file_is_replaced_whole()
    {
        var path = _folder.File("old.txt", "a much longer text than the new one");
        AtomicFile.WriteAllText(path, "new");
        Assert.Equal("new", File.ReadAllText(path));
    }

    [Fact]
    public void A_reader_sees_the_old_file_until_the_new_one_is_whole()
    {
        var path = _folder.File("old.txt", "old");
        AtomicFile.Write(path, stream =>
        {
            stream.Write("half"u8);
            stream.Flush();
            Assert.Equal("old", File.ReadAllText(path));
        });
        Assert.Equal("half", File.ReadAllText(path));
    }

    [Fact]
    public void The_text_is_on_disk_before_the_rename_and_the_rename_before_the_end()
    {
        var steps = new WrittenDown();
        AtomicFile.Write(Path.Combine(_folder.Path, "new.txt"), stream =>
        {
            stream.Write("text"u8);
            steps.Done.Add("write");
        }, steps);
        Assert.Equal(["create new.txt.partial", "write", "flush 4 bytes to disk", "rename new.txt.partial to new.txt", $"flush {_folder.Path}"], steps.Done);
    }

    [Fact]
    public void A_writer_that_fails_leaves_the_old_file_and_nothing_beside_it()
    {
        var path = _folder.File("old.txt", "old");
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(path, stream =>
        {
            stream.Write("half"u8);
            throw new InvalidOperationException();
        }));
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(_folder.Path));
    }

    [Theory]
    [InlineData(28)]
    [InlineData(122)]
    [InlineData(unchecked((int)0x80070070))]
    public void A_full_disk_is_told_with_the_file_and_leaves_the_old_one(int code)
    {
        var path = _folder.File("old.txt", "old");
        var error = Assert.Throws<UsageException>(() => AtomicFile.Write(path, _ => throw new IOException("No space left on device", code)));
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.StartsWith("No space left", error.Message, StringComparison.Ordinal);
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void A_really_full_device_is_recognised()
    {
        // Linux's own full disk; where it does not exist there is nothing to show.
        if (!File.Exists("/dev/full"))
            return;
        using var full = new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        var path = _folder.File("old.txt", "old");
        var error = Assert.Throws<UsageException>(() => AtomicFile.Write(path, _ => full.Write(new byte[10])));
        Assert.StartsWith("No space left", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_killed_process_left_beside_is_overwritten()
    {
        var path = Path.Combine(_folder.Path, "file.txt");
        File.WriteAllText(path + ".partial", "left behind by a kill, and longer than the new content");
        AtomicFile.WriteAllText(path, "new");
        Assert.Equal("new", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void A_folder_in_the_way_is_told()
    {
        var path = Path.Combine(_folder.Path, "folder");
        Directory.CreateDirectory(path);
        var error = Assert.Throws<UsageException>(() => AtomicFile.WriteAllText(path, "text"));
        Assert.Contains($"'{path}' cannot be written", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void A_file_in_place_of_the_folder_is_told()
    {
        var file = _folder.File("file", "");
        var error = Assert.Throws<UsageException>(() => AtomicFile.WriteAllText(Path.Combine(file, "x.txt"), "text"));
        Assert.Contains("cannot be written", error.Message, StringComparison.Ordinal);
    }

    /// <summary>The steps as they are, and their order.</summary>
    private sealed class WrittenDown : FileSteps
    {
        public List<string> Done { get; } = [];

        public override FileStream Create(string file)
        {
            Done.Add($"create {Path.GetFileName(file)}");
            return new Watched(file, Done);
        }

        public override void Rename(string from, string to)
        {
            Done.Add($"rename {Path.GetFileName(from)} to {Path.GetFileName(to)}");
            base.Rename(from, to);
        }

        public override void FlushFolder(string folder)
        {
            Done.Add($"flush {folder}");
            base.FlushFolder(folder);
        }
    }

    private sealed class Watched(string file, List<string> done) : FileStream(file, FileMode.Create, FileAccess.ReadWrite)
    {
        public override void Flush(bool flushToDisk)
        {
            base.Flush(flushToDisk);
            if (flushToDisk) done.Add($"flush {Length} bytes to disk");
        }
    }
}
