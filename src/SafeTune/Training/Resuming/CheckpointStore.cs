using System.Globalization;
using System.Text.Json;
using SafeTune.Checkpoints;
using static TorchSharp.torch;

namespace SafeTune.Training;

/// <summary>Checkpoints of one run: a folder each, tensors first and the index last, so that one without an index does not count. The last two are kept.</summary>
/// <param name="folder">Their common folder, created when missing.</param>
/// <param name="settings">The run's, of <see cref="RunSettings"/>.</param>
internal sealed class CheckpointStore(string folder, SortedDictionary<string, string> settings)
{
    private const string IndexFile = "progress.json", TensorFile = "tensors.safetensors", StepFormat = "D9";
    private const int NamedDifferences = 4;
    private static readonly JsonSerializerOptions Options = new() { Converters = { new UndefinedAsNull() } };
    private int last = -1;

    /// <summary>Writes a checkpoint and drops all but the last two.</summary>
    public void Save(Progress progress, IEnumerable<(string Name, Tensor Value)> tensors)
    {
        if (progress.Step == last) return;
        var target = Path.Combine(folder, progress.Step.ToString(StepFormat, CultureInfo.InvariantCulture));
        var (index, file) = (Path.Combine(target, IndexFile), Path.Combine(target, TensorFile));
        Directory.CreateDirectory(target);
        // A damaged checkpoint of the same step may lie there.
        File.Delete(index);
        SafeTensors.Write(file, tensors);
        (progress.Settings, progress.TensorHash) = (settings, RunSettings.Sha256(file));
        AtomicFile.WriteAllText(index, JsonSerializer.Serialize(progress, Options));
        last = progress.Step;
        foreach (var old in Folders().Skip(2)) Delete(old);
    }

    /// <summary>The newest checkpoint that can be read, or null. The caller disposes the file.</summary>
    /// <param name="discardOthers">Whether checkpoints of a run with other settings are deleted; else they are refused.</param>
    /// <param name="note">Told of checkpoints that cannot be read.</param>
    /// <exception cref="UsageException">The checkpoints belong to a run with other settings, which are named.</exception>
    public (Progress Progress, SafeTensorsFile Tensors)? Load(bool discardOthers, Action<string>? note)
    {
        foreach (var candidate in Folders().Where(candidate => File.Exists(Path.Combine(candidate, IndexFile))))
        {
            var (progress, tensors, damage) = Open(candidate);
            if (progress is not null && RunSettings.Differences(settings, progress.Settings) is { Count: > 0 } differences)
            {
                tensors?.Dispose();
                if (!discardOthers) throw Others(progress, differences);
                Clear();
                return null;
            }

            if (progress is not null && tensors is not null)
            {
                last = progress.Step;
                return (progress, tensors);
            }

            note?.Invoke($"The checkpoint '{candidate}' is damaged and is left out: {damage}");
        }

        return null;
    }

    private static (Progress? Progress, SafeTensorsFile? Tensors, string Damage) Open(string checkpoint)
    {
        var (index, file) = (Path.Combine(checkpoint, IndexFile), Path.Combine(checkpoint, TensorFile));
        Progress? progress = null;
        try
        {
            progress = JsonSerializer.Deserialize<Progress>(File.ReadAllText(index), Options);
            if (progress is null) return (null, null, $"{IndexFile} is empty.");
            return RunSettings.Sha256(file) == progress.TensorHash ? (progress, SafeTensorsFile.Open(file), "") : (progress, null, $"{TensorFile} is not what was written.");
        }
        catch (JsonException error)
        {
            return (null, null, $"{IndexFile} is not valid JSON at line {(error.LineNumber ?? 0) + 1}.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or UsageException)
        {
            return (progress, null, error.Message);
        }
    }

    private UsageException Others(Progress progress, IReadOnlyList<string> differences)
    {
        var named = progress.Settings.Count == 0 ? "another version of SafeTune wrote them" : string.Join("; ", differences.Take(NamedDifferences)) + (differences.Count > NamedDifferences ? FormattableString.Invariant($"; and {differences.Count - NamedDifferences} more") : "");
        return new UsageException($"'{folder}' holds checkpoints, up to step {progress.Step}, of a training with other settings ({named}): repeat its command to go on with it, name another output, or begin anew and delete them with --force.");
    }

    private void Clear()
    {
        foreach (var checkpoint in Folders()) Delete(checkpoint);
    }

    // The index goes first: what is left of a deletion cut short does not count.
    private static void Delete(string checkpoint)
    {
        File.Delete(Path.Combine(checkpoint, IndexFile));
        Directory.Delete(checkpoint, recursive: true);
    }

    // Newest first. Folders of other names are none of ours.
    private IEnumerable<string> Folders() => !Directory.Exists(folder) ? [] :
        Directory.GetDirectories(folder).Where(path => Path.GetFileName(path) is { Length: 9 } name && name.All(char.IsAsciiDigit)).OrderDescending(StringComparer.Ordinal);
}
