using System.IO.Compression;
using System.Text;
using SafeTune.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace SafeTune.Tests.Checkpoints;

/// <summary>10,000 damaged files in all: each opens and reads, or is refused in a sentence, and takes little memory over it.</summary>
public sealed class CheckpointFuzz
{
    private const int Files = 2000;

    // Well above what reading the undamaged files takes.
    private const long MaxBytes = 8 << 20;

    [Fact]
    public void A_damaged_safetensors_header_is_harmless()
    {
        var original = File.ReadAllBytes(Golden.Path("cka/inputs.safetensors"));
        Harmless("model.safetensors", original, 8 + 536);
    }

    [Fact]
    public void A_damaged_zip_is_harmless() => Harmless("pytorch_model.bin", Pickle("plain.zip.bin"));

    [Fact]
    public void A_damaged_legacy_file_is_harmless() => Harmless("pytorch_model.bin", Pickle("plain.legacy.bin"));

    // Zipped again with its right checksum, so that the unpickler sees the damage.
    [Fact]
    public void A_damaged_pickle_in_a_sound_zip_is_harmless()
    {
        using var source = new ZipArchive(new MemoryStream(Pickle("plain.zip.bin")));
        var entries = source.Entries.ToDictionary(entry => entry.FullName, Content);
        var name = entries.Keys.Single(key => key.EndsWith("data.pkl", StringComparison.Ordinal));
        Harmless("pytorch_model.bin", entries[name], wrap: pickle => Zip(entries.Select(entry => (entry.Key, entry.Key == name ? pickle : entry.Value))));
    }

    [Fact]
    public void A_damaged_index_is_harmless() => Harmless("model.safetensors.index.json",
        Encoding.UTF8.GetBytes("""{"metadata": {"total_size": 8}, "weight_map": {"x": "part.safetensors", "y\u00e9": "part.safetensors", "z": "sub/part.safetensors"}}"""));

    private static byte[] Pickle(string name) => File.ReadAllBytes(Golden.Path($"pickles/{name}"));

    private static void Harmless(string name, byte[] original, int? within = null, Func<byte[], byte[]>? wrap = null)
    {
        using var folder = new Data.TemporaryFolder();
        using var scope = NewDisposeScope();
        Directory.CreateDirectory(Path.Combine(folder.Path, "sub"));
        foreach (var part in new[] { "part.safetensors", "sub/part.safetensors" })
            SafeTensors.Write(Path.Combine(folder.Path, part), [("x", ones(1)), ("yé", ones(1)), ("z", ones(1))]);
        var target = Path.Combine(folder.Path, name);
        Random random = new(20);
        var (opened, refused) = (0, 0);
        for (var i = 0; i < Files; i++)
        {
            var bytes = Damage.Of(original, random, within ?? original.Length);
            File.WriteAllBytes(target, wrap?.Invoke(bytes) ?? bytes);
            var before = GC.GetAllocatedBytesForCurrentThread();
            if (OpensAndReads(target)) opened++;
            else refused++;
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MaxBytes);
        }
        Assert.True(opened > 0 && refused > Files / 4, $"{opened} opened, {refused} refused: the damage is no test");
    }

    private static bool OpensAndReads(string path)
    {
        try
        {
            using var scope = NewDisposeScope();
            using var file = Checkpoint.Open(path);
            foreach (var name in file.Entries.Keys) file.Read(name, ScalarType.Float32).Dispose();
            return true;
        }
        catch (UsageException e)
        {
            Assert.DoesNotContain('\n', e.Message);
            return false;
        }
    }

    private static byte[] Content(ZipArchiveEntry entry)
    {
        using var stream = entry.Open();
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }

    private static byte[] Zip(IEnumerable<(string Name, byte[] Bytes)> entries)
    {
        using var buffer = new MemoryStream();
        using (var zip = new ZipArchive(buffer, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, bytes) in entries)
            {
                using var stream = zip.CreateEntry(name, CompressionLevel.NoCompression).Open();
                stream.Write(bytes);
            }
        }
        return buffer.ToArray();
    }
}
