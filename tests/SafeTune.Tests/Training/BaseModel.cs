namespace SafeTune.Tests.Training;

/// <summary>A golden model's folder with a vocabulary, so that texts can be predicted with it.</summary>
internal static class BaseModel
{
    public static ModelFolder Of(string golden)
    {
        var folder = new ModelFolder(Golden.Path(golden));
        File.WriteAllLines(Path.Combine(folder.Path, "vocab.txt"), ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "red", "blue", "cat", "dog", "runs", "sings"]);
        return folder;
    }
}
