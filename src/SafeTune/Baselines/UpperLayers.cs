using SafeTune.Adapters;
using SafeTune.Models;

namespace SafeTune.Baselines;

/// <summary>Adapters in the upper blocks only: Zhang et al.'s baseline as the paper runs it, six of BERT-large's 24 (appendix C.4, section 5.2.1).</summary>
public sealed record UpperLayersOptions : BaselineOptions
{
    /// <inheritdoc/>
    public override string Name => "zhang";

    /// <inheritdoc/>
    public override string Summary => "in the upper quarter of the blocks";

    /// <summary>The upper quarter of the blocks, rounded up, from the lowest to the highest.</summary>
    public static IReadOnlyList<int> Of(int blocks)
    {
        var count = (blocks + 3) / 4;
        return [.. Enumerable.Range(blocks - count, count)];
    }

    /// <inheritdoc/>
    public override AdapterSet Inject(AdapterOptions adapter, Transformer model) => adapter.Inject(model, Of(model.Blocks.Count));
}
