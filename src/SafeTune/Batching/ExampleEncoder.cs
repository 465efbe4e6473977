using SafeTune.Data;
using static TorchSharp.torch;

namespace SafeTune.Batching;

/// <summary>Turns examples into what a kind of model reads: one at a time when a dataset is taken up, and in batches when they are used.</summary>
public abstract class ExampleEncoder
{
    /// <summary>Encodes one example.</summary>
    /// <exception cref="UsageException">The example is of a kind that the model does not read, or does not fit it.</exception>
    public abstract EncodedExample Encode(Example example);

    /// <summary>Encodes one example in as many parts as it takes: a long text in windows.</summary>
    /// <inheritdoc cref="Encode"/>
    public virtual IEnumerable<EncodedExample> Parts(Example example) => [Encode(example)];

    /// <summary>Draws what is random about an example, anew for every batch; the example itself where nothing is.</summary>
    /// <param name="example">What <see cref="Encode"/> returned.</param>
    /// <param name="random">The only source of chance.</param>
    internal virtual EncodedExample Draw(EncodedExample example, SplitMix random) => example;

    /// <summary>Whether <see cref="Draw"/> does anything.</summary>
    internal virtual bool Draws => false;

    /// <summary>Stacks encoded examples; the caller disposes the batch.</summary>
    /// <param name="examples">What <see cref="Encode"/> and <see cref="Draw"/> returned.</param>
    /// <param name="device">Where the tensors go; null = the CPU.</param>
    /// <exception cref="UsageException">An example cannot be read, or they do not fit together.</exception>
    public abstract Batch Stack(IReadOnlyList<EncodedExample> examples, Device? device);

    /// <summary>
    /// Does all of <see cref="Stack"/>'s work that needs no tensors, on any thread; null where there is next to none: tokens are counted long before a batch is due.
    /// </summary>
    /// <param name="examples">What <see cref="Encode"/> returned.</param>
    /// <param name="stop">Ends the work early, with <see cref="OperationCanceledException"/>.</param>
    /// <returns>What makes the batch on a device; tensors belong to the thread that calls it.</returns>
    /// <exception cref="UsageException">As <see cref="Stack"/>.</exception>
    internal virtual Func<Device?, Batch>? Prepare(IReadOnlyList<EncodedExample> examples, CancellationToken stop) => null;

    /// <summary>Whether <see cref="Prepare"/> does anything.</summary>
    internal virtual bool PreparesAhead => false;

    /// <summary>The error for an example of another kind.</summary>
    protected static UsageException Unreadable(Example example, string wanted) => new($"The data holds examples of the kind {example.GetType().Name}, and this model reads {wanted}.");

    /// <summary>Labels as a tensor; null when the first one is missing.</summary>
    protected static Tensor? Labels(IEnumerable<double> labels, bool isRegression, Device? device)
    {
        double[] values = [.. labels];
        return double.IsNaN(values[0]) ? null
            : isRegression ? tensor(Array.ConvertAll(values, value => (float)value), ScalarType.Float32, device)
            : tensor(Array.ConvertAll(values, value => (long)value), ScalarType.Int64, device);
    }
}

/// <summary>An example as a model reads it.</summary>
/// <param name="Length">Tokens: examples of like lengths can share a batch. 0 for images.</param>
public abstract record EncodedExample(int Length);
