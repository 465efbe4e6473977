using System.IO.Compression;
using System.Text;
using SafeTune.Checkpoints.Pickles;
using static SafeTune.Tests.Checkpoints.Pickles.LegacyFile;

namespace SafeTune.Tests.Checkpoints.Pickles;

public sealed class TorchZipTests
{
    private static readonly string TwoNumbers = Mapping(Tensor(2, 0, "2", "1"));

    [Theory]
    [InlineData("plain.zip.bin")]
    [InlineData("plain.legacy.bin")]
    public void A_file_cut_at_any_byte_is_refused(string name)
    {
        var bytes = File.ReadAllBytes(Golden.Path($"pickles/{name}"));
        using var file = new TemporaryFile();
        for (var length = 0; length < bytes.Length; length++)
        {
            File.WriteAllBytes(file.Path, bytes[..length]);
            Assert.Throws<UsageException>(() => PickleFile.Open(file.Path).Dispose());
        }
    }

    [Theory]
    [InlineData(CompressionLevel.NoCompression, null)]
    [InlineData(CompressionLevel.Optimal, "is compressed")]
    public void Only_stored_entries_are_read(CompressionLevel level, string? says)
    {
        using var made = Zip(level, ("x/data.pkl", Latin(TwoNumbers)), ("x/data/0", new byte[8]));
        if (says is null) PickleFile.Open(made.Path).Dispose();
        else Assert.Contains(says, Refusal(made), StringComparison.Ordinal);
    }

    [Fact]
    public void A_changed_number_is_found_when_its_tensor_is_read()
    {
        using var made = Zip(CompressionLevel.NoCompression, ("x/data.pkl", Latin(TwoNumbers)), ("x/data/0", "ABCDEFGH"u8.ToArray()));
        var bytes = File.ReadAllBytes(made.Path);
        bytes[bytes.AsSpan().IndexOf("ABCDEFGH"u8) + 7] ^= 1;
        File.WriteAllBytes(made.Path, bytes);
        using var file = PickleFile.Open(made.Path);
        Assert.Contains("'x/data/0' has the checksum", Assert.Throws<UsageException>(() => file.Read("a")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_changed_pickle_is_refused()
    {
        using var made = Zip(CompressionLevel.NoCompression, ("x/data.pkl", Latin(TwoNumbers)), ("x/data/0", new byte[8]));
        var bytes = File.ReadAllBytes(made.Path);
        bytes[bytes.AsSpan().IndexOf("storage"u8)] ^= 1;
        File.WriteAllBytes(made.Path, bytes);
        Assert.Contains("'x/data.pkl' has the checksum", Refusal(made), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("x/data/1", 8, "no entry 'x/data/0'")]
    [InlineData("x/data/0", 7, "7 bytes, expected 2 elements of 4")]
    [InlineData("x/data/0", 12, "12 bytes, expected 2 elements of 4")]
    public void A_storage_that_is_missing_or_of_another_size_is_refused(string name, int bytes, string says)
    {
        using var made = Zip(CompressionLevel.NoCompression, ("x/data.pkl", Latin(TwoNumbers)), (name, new byte[bytes]));
        Assert.Contains(says, Refusal(made), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("x/constants.pkl", "", "TorchScript")]
    [InlineData("x/byteorder", "big", "big-endian")]
    [InlineData("y/data.pkl", "", "2 entries named */data.pkl")]
    [InlineData("x/data.pkl", "", "two entries 'x/data.pkl'")]
    public void What_is_no_checkpoint_of_this_machine_is_refused(string entry, string text, string says)
    {
        using var made = Zip(CompressionLevel.NoCompression, ("x/data.pkl", Latin(TwoNumbers)), ("x/data/0", new byte[8]), (entry, Latin(text)));
        Assert.Contains(says, Refusal(made), StringComparison.Ordinal);
    }

    [Fact]
    public void Entries_that_share_their_bytes_are_refused()
    {
        using var made = Zip(CompressionLevel.NoCompression, ("x/data.pkl", Latin(TwoNumbers)), ("x/data/0", new byte[8]), ("x/data/1", new byte[8]));
        var bytes = File.ReadAllBytes(made.Path);
        var directory = bytes.AsSpan().IndexOf("PK\x01\x02"u8);
        // The last entry's place becomes that of the one before.
        var last = bytes.AsSpan().LastIndexOf("PK\x01\x02"u8);
        var before = directory + bytes.AsSpan(directory, last - directory).LastIndexOf("PK\x01\x02"u8);
        bytes.AsSpan(before + 42, 4).CopyTo(bytes.AsSpan(last + 42));
        File.WriteAllBytes(made.Path, bytes);
        Assert.Contains("overlap", Refusal(made), StringComparison.Ordinal);
    }

    private static TemporaryFile Zip(CompressionLevel level, params (string Name, byte[] Bytes)[] entries)
    {
        var file = new TemporaryFile();
        using var zip = ZipFile.Open(file.Path, ZipArchiveMode.Create);
        foreach (var (name, bytes) in entries)
        {
            using var stream = zip.CreateEntry(name, level).Open();
            stream.Write(bytes);
        }
        return file;
    }

    private static byte[] Latin(string text) => Encoding.Latin1.GetBytes(text);

    private static string Refusal(TemporaryFile file) => Assert.Throws<UsageException>(() => PickleFile.Open(file.Path).Dispose()).Message;
}
