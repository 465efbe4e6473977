using System.Globalization;
using System.Text.Json;
using SafeTune.Checkpoints;
using static TorchSharp.torch;

namespace SafeTune.Training;

/// <summary>Checkpoints of one run: a folder each, tensors first and the index last, so that one without an index does not count. The last two are kept.</summary>
internal sealed class CheckpointStore(string folder, string fingerprint)
{
    private const string IndexFile = "progress.json", TensorFile = "tensors.safetensors";

    /// <summary>Writes a checkpoint and drops all but the last two.</summary>
    public void Save(Progress progress, IEnumerable<(string Name, Tensor Value)> tensors)
    {
        var target = Path.Combine(folder, progress.Step.ToString("D9", CultureInfo.InvariantCulture));
        if (File.Exists(Path.Combine(target, IndexFile))) return;
        Directory.CreateDirectory(target);
        progress.Fingerprint = fingerprint;
        SafeTensors.Write(Path.Combine(target, TensorFile), tensors);
        AtomicFile.WriteAllText(Path.Combine(target, IndexFile), JsonSerializer.Serialize(progress));
        foreach (var old in Folders().Skip(2)) Delete(old);
    }

    /// <summary>The newest complete checkpoint of the same configuration, or null. The caller disposes the file.</summary>
    public (Progress Progress, SafeTensorsFile Tensors)? Load()
    {
        foreach (var candidate in Folders())
        {
            var index = Path.Combine(candidate, IndexFile);
            if (!File.Exists(index)) continue;
            var progress = JsonSerializer.Deserialize<Progress>(File.ReadAllText(index))!;
            if (progress.Fingerprint == fingerprint) return (progress, SafeTensorsFile.Open(Path.Combine(candidate, TensorFile)));
        }

        return null;
    }

    /// <summary>Drops every checkpoint, as after a finished run or before a run of another configuration.</summary>
    public void Clear()
    {
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
    }

    // The index goes first: what is left of a deletion cut short does not count.
    private static void Delete(string checkpoint)
    {
        File.Delete(Path.Combine(checkpoint, IndexFile));
        Directory.Delete(checkpoint, recursive: true);
    }

    private IEnumerable<string> Folders() =>
        Directory.Exists(folder) ? Directory.GetDirectories(folder).OrderDescending(StringComparer.Ordinal) : [];
}
