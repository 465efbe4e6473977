using static TorchSharp.torch;

namespace SafeTune.Models;

/// <summary>A named place for one tensor of a model: its shape is known from the configuration, its values are loaded or initialised later.</summary>
/// <remarks>A model is built without allocating, so that a checkpoint is read straight into its final place, device and dtype.</remarks>
public sealed class Weight(string name, params long[] shape) : IDisposable
{
    private long[] shape = shape;
    private Tensor? value;
    private bool trains;

    /// <summary>The last part of the Hugging Face name, e.g. <c>weight</c> or <c>lora_A.weight</c>.</summary>
    public string Name { get; } = name;

    /// <summary>The shape that the configuration asks for, until it is <see cref="Cut"/>.</summary>
    public IReadOnlyList<long> Shape => shape;

    /// <summary>What every element of a fresh weight is; null = drawn from a normal distribution.</summary>
    public double? Initial { get; init; }

    /// <summary>Whether a file may lack it: it is fresh then.</summary>
    public bool IsOptional { get; set; }

    /// <summary>Number of elements.</summary>
    public long Elements => shape.Aggregate(1L, (product, size) => product * size);

    /// <summary>Whether <see cref="Value"/> is there.</summary>
    public bool IsLoaded => value is not null;

    /// <summary>The tensor; it belongs to this weight and to no dispose scope.</summary>
    /// <exception cref="InvalidOperationException">Nothing has been loaded yet.</exception>
    public Tensor Value => value ?? throw new InvalidOperationException($"The weight '{Name}' was used before it was loaded.");

    /// <summary>Whether autograd computes a gradient for it. May be set before the values are there.</summary>
    public bool Trains
    {
        get => trains;
        set
        {
            trains = value;
            if (this.value is not { } tensor) return;
            tensor.requires_grad = value;
            if (!value) tensor.grad = null;
        }
    }

    /// <summary>Whether a computation now has to leave autograd the means to compute that gradient.</summary>
    internal bool Learns => trains && is_grad_enabled();

    /// <summary>Takes ownership of <paramref name="tensor"/>; the tensor it replaces is disposed.</summary>
    /// <exception cref="ArgumentException">The shape is not <see cref="Shape"/>.</exception>
    public void Set(Tensor tensor)
    {
        if (!tensor.shape.AsSpan().SequenceEqual(shape))
            throw new ArgumentException($"'{Name}' has the shape [{string.Join(", ", Shape)}], not [{string.Join(", ", tensor.shape)}].");
        value?.Dispose();
        value = tensor.DetachFromDisposeScope();
        if (trains) value.requires_grad = true;
    }

    /// <summary>Puts other values in place and returns those that were there, which are the caller's from then on.</summary>
    /// <param name="other">Of the same shape; the weight's from then on.</param>
    public Tensor Swap(Tensor other)
    {
        var old = Value;
        value = other;
        return old;
    }

    /// <summary>Keeps some of the values along one dimension; the others leave memory, and so does the gradient.</summary>
    /// <param name="dimension">Which.</param>
    /// <param name="kept">Indices, int64.</param>
    public void Cut(int dimension, Tensor kept)
    {
        using var off = no_grad();
        using var whole = Value;
        value = whole.index_select(dimension, kept).DetachFromDisposeScope();
        shape = value.shape;
        if (trains) value.requires_grad = true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        value?.Dispose();
        value = null;
    }
}
