using SafeTune.Reproduction.Cells;
using SafeTune.Reproduction.World.Images;
using SafeTune.Reproduction.World.Text;

namespace SafeTune.Reproduction.World;

/// <summary>All generated datasets in their official layouts, and the tokenizers of the language models that are pre-trained on them.</summary>
public static class GeneratedWorld
{
    /// <summary>Changes whenever a generator's output does, so that an old folder is not taken for a new one.</summary>
    private const int Version = 3;

    /// <summary>The world's folder below another one, written when it is not there yet.</summary>
    /// <param name="parent">For example <c>artifacts</c>.</param>
    /// <param name="output">For progress.</param>
    /// <returns>A folder with <c>datasets/</c> and <c>tokenizers/</c>, as a hub has them.</returns>
    public static string In(string parent, TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(output);
        string folder = Path.Combine(parent, FormattableString.Invariant($"world-{Version}"));
        if (Directory.Exists(folder))
            return folder;
        Directory.CreateDirectory(parent);
        // One process writes it, the others wait; the operating system lets go when a process dies.
        using FileStream held = Lock(folder + ".lock");
        if (Directory.Exists(folder))
            return folder;
        output.WriteLine($"Generating the datasets of this scale in {folder} ...");
        // Written beside it and renamed, since a folder that is there counts as whole.
        string partial = folder + ".partial";
        if (Directory.Exists(partial))
            Directory.Delete(partial, recursive: true);
        TextWorld.Write(partial);
        ImageWorld.Write(Path.Combine(partial, "datasets"));
        Directory.Move(partial, folder);
        return folder;
    }

    private static FileStream Lock(string file)
    {
        FileStream? held;
        while ((held = CellStore.TryLock(file)) is null)
            Thread.Sleep(100);
        return held;
    }
}
