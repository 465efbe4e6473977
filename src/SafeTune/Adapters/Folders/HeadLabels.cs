using SafeTune.Checkpoints;

namespace SafeTune.Adapters;

/// <summary>How many outputs a saved head has.</summary>
internal static class HeadLabels
{
    // The layer that gives the logits: BERT's, RoBERTa's, the one for answers.
    private static readonly string[] Names = ["classifier.weight", "classifier.out_proj.weight", "qa_outputs.weight"];

    /// <summary>Rows of the head's last layer; null where there is no head.</summary>
    /// <param name="entries">The tensors.</param>
    /// <param name="prefix">Before the head's names.</param>
    public static int? In(IReadOnlyDictionary<string, TensorEntry> entries, string prefix = "") =>
        Names.Select(name => entries.GetValueOrDefault(prefix + name)).FirstOrDefault(entry => entry is { Shape.Length: 2 }) is { } head ? (int)head.Shape[0] : null;
}
