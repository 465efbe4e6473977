using Microsoft.Win32.SafeHandles;
using SafeTune.Batching;
using TorchSharp;
using static TorchSharp.torch;

namespace SafeTune.Models;

/// <summary>Where the outputs of a frozen prefix are kept.</summary>
public enum PrefixStore
{
    /// <summary>In memory.</summary>
    Ram,

    /// <summary>In a file, which the operating system keeps in free memory as it sees fit.</summary>
    Disk,
}

/// <summary>How the outputs of a frozen prefix are kept.</summary>
/// <param name="Store">Where.</param>
/// <param name="Bytes">At most so many; examples for which there is no room left are computed every time.</param>
/// <param name="Dtype">Their element type; a narrower one than the model's rounds them.</param>
public sealed record PrefixCacheOptions(PrefixStore Store = PrefixStore.Ram, long Bytes = 4L << 30, ScalarType Dtype = ScalarType.Float32);

/// <summary>Outputs of a frozen prefix in evaluation mode, one for each example: computed once after a freezing, read back in every later epoch.</summary>
/// <remarks>Nothing is evicted: examples come round in turn, so that whatever went would be asked for before whatever came.</remarks>
public sealed class PrefixCache : IDisposable
{
    private readonly PrefixCacheOptions options;
    private readonly SafeFileHandle? file;
    private readonly Dictionary<int, Entry> entries = [];

    /// <summary>An empty cache.</summary>
    /// <param name="options">How much it keeps.</param>
    /// <param name="folder">Where a file goes; null = the folder for temporary files. It is deleted with the cache, and with the process.</param>
    public PrefixCache(PrefixCacheOptions options, string? folder = null)
    {
        this.options = options;
        if (options.Store == PrefixStore.Ram) return;
        var path = Path.Combine(folder ?? Path.GetTempPath(), $"prefix-{Guid.NewGuid():N}.cache");
        file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose);
    }

    /// <summary>Bytes kept.</summary>
    public long Bytes { get; private set; }

    /// <summary>The outputs of a batch's examples, where all are there and from the same block.</summary>
    /// <param name="batch">Says which examples.</param>
    /// <param name="dtype">The result's element type.</param>
    /// <param name="device">Where it goes.</param>
    /// <returns>How many blocks they have been through, and [batch, seq, hidden], zero under the padding; null when one is missing.</returns>
    public (int Blocks, Tensor Hidden)? Read(Batch batch, ScalarType dtype, Device device)
    {
        if (batch.Rows is not { } rows || !rows.All(entries.ContainsKey)) return null;
        var found = rows.Select(row => entries[row]).ToArray();
        if (found.Any(entry => entry.Blocks != found[0].Blocks)) return null;
        var hidden = zeros([found.Length, Math.Max(batch.Shape.Length, found.Max(entry => entry.Length)), found[0].Width], dtype, device);
        for (var i = 0; i < found.Length; i++)
        {
            using var row = hidden[i];
            using var place = row.narrow(0, 0, found[i].Length);
            using var kept = found[i].Kept?.alias() ?? FromFile(found[i]);
            place.copy_(kept);
        }

        return (found[0].Blocks, hidden);
    }

    /// <summary>Keeps the outputs of a batch's examples, as far as there is room.</summary>
    /// <param name="batch">Says which examples, and which tokens are padding.</param>
    /// <param name="blocks">How many blocks they have been through.</param>
    /// <param name="hidden">[batch, seq, hidden].</param>
    public void Write(Batch batch, int blocks, Tensor hidden)
    {
        if (batch.Rows is not { } rows) return;
        using var off = no_grad();
        var lengths = Lengths(batch, hidden);
        for (var i = 0; i < rows.Count; i++)
        {
            var old = entries.GetValueOrDefault(rows[i]);
            var bytes = lengths[i] * hidden.shape[2] * options.Dtype.ElementSize();
            if (Bytes - (old?.Bytes ?? 0) + bytes > options.Bytes) continue;
            using var row = hidden[i];
            using var part = row.narrow(0, 0, lengths[i]);
            // On the CPU, wherever the model is: that is the memory which is to spare.
            using var narrowed = part.to(options.Dtype, CPU, copy: true);
            entries[rows[i]] = file is null
                ? new Entry(blocks, lengths[i], hidden.shape[2], bytes, narrowed.alias().DetachFromDisposeScope(), 0)
                : new Entry(blocks, lengths[i], hidden.shape[2], bytes, Kept: null, ToFile(narrowed, old is not null && old.Bytes >= bytes ? old.Offset : null));
            old?.Kept?.Dispose();
            Bytes += bytes - (old?.Bytes ?? 0);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var entry in entries.Values) entry.Kept?.Dispose();
        entries.Clear();
        file?.Dispose();
    }

    private static long[] Lengths(Batch batch, Tensor hidden)
    {
        if (batch.Tokens is not { } tokens) return [.. Enumerable.Repeat(hidden.shape[1], (int)hidden.shape[0])];
        using var counted = tokens.sum([1L]).cpu();
        return counted.data<long>().ToArray();
    }

    private Tensor FromFile(Entry entry)
    {
        var read = empty([entry.Length, entry.Width], options.Dtype);
        RandomAccess.Read(file!, read.bytes, entry.Offset);
        return read;
    }

    private long ToFile(Tensor values, long? over)
    {
        var offset = over ?? RandomAccess.GetLength(file!);
        RandomAccess.Write(file!, values.bytes, offset);
        return offset;
    }

    private sealed record Entry(int Blocks, long Length, long Width, long Bytes, Tensor? Kept, long Offset);
}
