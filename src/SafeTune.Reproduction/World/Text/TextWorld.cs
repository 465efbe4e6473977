using SafeTune.Reproduction.World.Text.Glue;
using SafeTune.Reproduction.World.Text.Tokenizers;

namespace SafeTune.Reproduction.World.Text;

/// <summary>The texts of a small closed world, made from a seed: the same bytes on every machine.</summary>
public static class TextWorld
{
    private const int TrainDocuments = 60_000;
    private const int ValidDocuments = 500;

    /// <summary>Writes datasets/{glue,squad,e2e,wikitext-2-raw,lamini,corpus} and tokenizers/{bert,roberta,gpt2,llama}.</summary>
    /// <param name="folder">Files that are there already are replaced.</param>
    public static void Write(string folder)
    {
        string datasets = Path.Combine(folder, "datasets");
        HashSet<string> taken = GlueFiles.Write(Path.Combine(datasets, "glue"));
        SquadFiles.Write(Path.Combine(datasets, "squad"));
        E2eFiles.Write(Path.Combine(datasets, "e2e"));
        ArticleFiles.Write(datasets);
        string[] documents = CorpusFiles.Write(Path.Combine(datasets, "corpus"), TrainDocuments, ValidDocuments, taken);
        TokenizerFiles.Write(Path.Combine(folder, "tokenizers"), documents);
    }
}
