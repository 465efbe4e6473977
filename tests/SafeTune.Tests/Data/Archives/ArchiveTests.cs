using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using SafeTune.Data;

namespace SafeTune.Tests.Data;

public sealed class ArchiveTests : IDisposable
{
    private static readonly string[] Endings = [".tar.gz", ".tgz", ".tar", ".zip"];
    private readonly TemporaryFolder folder = new();

    public static TheoryData<string> AllEndings => [.. Endings];

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(AllEndings))]
    public void An_archive_is_unpacked_once_where_its_folder_is_expected(string ending)
    {
        var archive = Pack("food" + ending, ("food/", null), ("food/images/a.jpg", "a"), ("./food/list.txt", "b"));
        Assert.Equal(Expected, ArchivedFolder.Find(Expected));
        Assert.Equal(("a", "b"), (Read("food/images/a.jpg"), Read("food/list.txt")));
        File.Delete(Path.Combine(Expected, "list.txt"));
        ArchivedFolder.Find(Expected);
        Assert.False(File.Exists(Path.Combine(Expected, "list.txt")));
        Assert.Equal(["food", Path.GetFileName(archive)], Directory.GetFileSystemEntries(folder.Path).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_contents_alone_or_under_another_name_will_do()
    {
        Pack("official.zip", ("a.txt", "a"), ("b/c.txt", "c"));
        ArchivedFolder.Find(Expected, "official.zip");
        Assert.Equal("c", Read("food/b/c.txt"));
        Pack("jpg.tar", ("pictures/a.txt", "a"));
        ArchivedFolder.Find(Path.Combine(folder.Path, "jpg"));
        Assert.Equal("a", Read("jpg/a.txt"));
    }

    [Fact]
    public void What_a_killed_process_left_is_no_obstacle()
    {
        folder.File(".food.unpacking/food/old.txt", "half");
        Pack("food.zip", ("food/new.txt", "whole"));
        ArchivedFolder.Find(Expected);
        Assert.Equal("whole", Read("food/new.txt"));
        Assert.False(File.Exists(Path.Combine(Expected, "old.txt")));
        Assert.False(Directory.Exists(Path.Combine(folder.Path, ".food.unpacking")));
    }

    [Fact]
    public void Several_at_once_unpack_it_once()
    {
        Pack("food.tgz", [.. Enumerable.Range(0, 200).Select(i => ($"food/{i}.txt", (string?)$"{i}"))]);
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ =>
        {
            ArchivedFolder.Find(Expected);
            Assert.Equal(200, Directory.GetFiles(Expected).Length);
        });
    }

    [Theory]
    [InlineData("../evil.txt")]
    [InlineData("food/../../evil.txt")]
    [InlineData("/tmp/safetune-evil.txt")]
    [InlineData("..\\evil.txt")]
    [InlineData("C:\\evil.txt")]
    [InlineData("C:evil.txt")]
    public void No_entry_leaves_the_folder(string name)
    {
        foreach (var ending in Endings)
        {
            var archive = Pack("food" + ending, ("food/good.txt", "good"), (name, "evil"));
            Assert.Contains("leads out of the folder", Told(), StringComparison.Ordinal);
            File.Delete(archive);
        }

        Assert.False(File.Exists("/tmp/safetune-evil.txt"));
    }

    [Theory]
    [InlineData(TarEntryType.SymbolicLink)]
    [InlineData(TarEntryType.HardLink)]
    [InlineData(TarEntryType.Fifo)]
    public void A_tar_holds_files_and_folders_alone(TarEntryType type)
    {
        using (var tar = new TarWriter(File.Create(Expected + ".tar")))
        {
            var entry = new PaxTarEntry(type, "food/link");
            if (type != TarEntryType.Fifo) entry.LinkName = "/etc";
            tar.WriteEntry(entry);
        }

        Assert.Contains($"its entry 'food/link' is of the type {type}", Told(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_zip_holds_files_and_folders_alone()
    {
        using (var zip = ZipFile.Open(Expected + ".zip", ZipArchiveMode.Create))
        {
            var entry = zip.CreateEntry("food/link");
            entry.ExternalAttributes = unchecked((int)0xA1FF0000);
            using var writer = new StreamWriter(entry.Open());
            writer.Write("/etc");
        }

        Assert.Contains("its entry 'food/link' is a link or a device", Told(), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(AllEndings))]
    public void A_part_of_an_archive_is_told(string ending)
    {
        var archive = Pack("food" + ending, ("food/a.txt", new string('a', 3000)), ("food/b.txt", string.Join(' ', Enumerable.Range(0, 1000))));
        var whole = File.ReadAllBytes(archive);
        foreach (var length in (int[])[0, 10, whole.Length / 4, whole.Length / 2, whole.Length * 3 / 4])
        {
            File.WriteAllBytes(archive, whole[..length]);
            Assert.Contains($"food{ending}: it cannot be unpacked", Told(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(AllEndings))]
    public void Damage_is_survived(string ending)
    {
        var archive = Pack("food" + ending, ("food/a.txt", "some text"), ("food/b/c.txt", "other text"));
        Damage.IsSurvived(archive, File.ReadAllBytes(archive), _ =>
        {
            try
            {
                ArchivedFolder.Find(Expected);
            }
            finally
            {
                if (Directory.Exists(Expected)) Directory.Delete(Expected, recursive: true);
            }
        });
        Assert.Equal(["food" + ending], Directory.GetFileSystemEntries(folder.Path).Select(path => Path.GetFileName(path)));
    }

    private string Expected => Path.Combine(folder.Path, "food");

    private string Read(string path) => File.ReadAllText(Path.Combine(folder.Path, path));

    private string Told()
    {
        var told = Assert.Throws<UsageException>(() => ArchivedFolder.Find(Expected)).Message;
        // Neither the folder nor anything beside it is left.
        Assert.Single(Directory.GetFileSystemEntries(folder.Path));
        return told;
    }

    private string Pack(string name, params (string Name, string? Text)[] entries)
    {
        var path = Path.Combine(folder.Path, name);
        if (name.EndsWith(".zip", StringComparison.Ordinal))
        {
            using var zip = ZipFile.Open(path, ZipArchiveMode.Create);
            foreach (var (entryName, text) in entries)
            {
                using var stream = zip.CreateEntry(entryName).Open();
                if (text is not null) stream.Write(Encoding.UTF8.GetBytes(text));
            }

            return path;
        }

        using Stream file = name.EndsWith(".tar", StringComparison.Ordinal) ? File.Create(path) : new GZipStream(File.Create(path), CompressionLevel.Optimal);
        using var tar = new TarWriter(file);
        foreach (var (entryName, text) in entries)
            tar.WriteEntry(text is null ? new PaxTarEntry(TarEntryType.Directory, entryName) : new PaxTarEntry(TarEntryType.RegularFile, entryName) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)) });
        return path;
    }
}
