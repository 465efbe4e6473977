using SafeTune.Batching;

namespace SafeTune.Models;

/// <summary>A <see cref="BlockContext"/> without values.</summary>
/// <param name="Input">The batch's shape.</param>
/// <param name="Tensors">What the blocks share; the mask first where there is one.</param>
public sealed record FakeContext(InputShape Input, IReadOnlyList<FakeTensor> Tensors) : IDisposable
{
    /// <summary>The attention mask; null where every token sees every token.</summary>
    public FakeTensor? Mask => Tensors is [{ Shape.Count: 4 } mask, ..] ? mask : null;

    /// <summary>With a mask of <see cref="Masks.Padding"/>.</summary>
    internal static FakeContext OfPadding(Tape tape, InputShape input) => new(input, [tape.Tensor(sizeof(float), input.Size, 1, 1, input.Length)]);

    /// <summary>As <see cref="Masks.Causal(TextBatch, Transformer)"/> makes it.</summary>
    internal static FakeTensor CausalMask(Tape tape, InputShape input, KernelOptions kernels) => tape.Tensor(sizeof(float), input.Size, 1, kernels.FusedAttention ? 1 : input.Length, input.Length);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in Tensors) tensor.Dispose();
    }
}

/// <summary>A <see cref="ModelOutput"/> without values.</summary>
/// <param name="Logits">The logits.</param>
/// <param name="Loss">The loss.</param>
public sealed record FakeOutput(FakeTensor Logits, FakeTensor Loss) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        Logits.Dispose();
        Loss.Dispose();
    }
}
