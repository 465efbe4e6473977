using SafeTune.Reproduction.World.Images;
using SafeTune.Reproduction.World.Text;

namespace SafeTune.Reproduction.World;

/// <summary>All generated datasets in their official layouts, and the tokenizers of the language models that are pre-trained on them.</summary>
public static class GeneratedWorld
{
    /// <summary>Changes whenever a generator's output does, so that an old folder is not taken for a new one.</summary>
    private const int Version = 1;

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
        output.WriteLine($"Generating the datasets of this scale in {folder} ...");
        // Written beside it and renamed, since a folder that is there counts as whole; several processes may be at it.
        string partial = FormattableString.Invariant($"{folder}.{Environment.ProcessId}.partial");
        TextWorld.Write(partial);
        ImageWorld.Write(Path.Combine(partial, "datasets"));
        try
        {
            Directory.Move(partial, folder);
        }
        catch (IOException) when (Directory.Exists(folder))
        {
            Directory.Delete(partial, recursive: true);
        }

        return folder;
    }
}
