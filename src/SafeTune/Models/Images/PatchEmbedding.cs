using SafeTune.Batching;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SafeTune.Models;

/// <summary>Cuts images into square patches and maps each to a vector: a convolution whose stride is its kernel (Dosovitskiy et al. 2021, section 3.1).</summary>
public sealed class PatchEmbedding : Component
{
    private readonly Weight weight, bias;
    private readonly long channels, patch, hidden;

    /// <summary>Patches of <paramref name="patch"/> × <paramref name="patch"/> pixels of <paramref name="channels"/> colours to <paramref name="hidden"/> features.</summary>
    public PatchEmbedding(long channels, long patch, long hidden)
    {
        (this.channels, this.patch, this.hidden) = (channels, patch, hidden);
        weight = Register(new Weight("weight", hidden, channels, patch, patch));
        bias = Register(new Weight("bias", hidden) { Initial = 0 });
    }

    /// <summary>The batch's images.</summary>
    /// <exception cref="UsageException">The batch holds no images, or images with another number of colours.</exception>
    public ImageBatch Images(Batch batch)
    {
        if (batch is not ImageBatch images) throw new UsageException($"The model reads images, and was given a batch of the kind {batch.GetType().Name}.");
        return images.Pixels.shape is [_, var found, > 0, > 0] && found == channels
            ? images
            : throw new UsageException($"The model reads images of the shape [batch, {channels}, height, width], and was given [{string.Join(", ", images.Pixels.shape)}].");
    }

    /// <summary>Rows and columns of patches in an image; the last ones may be cut short by its edges.</summary>
    public (long Rows, long Columns) Grid(InputShape input) => ((input.Height + patch - 1) / patch, (input.Width + patch - 1) / patch);

    /// <summary>[batch, channels, height, width] to [batch, patches, hidden]. Patches beyond the right and the lower edge are filled with zeros.</summary>
    public Tensor Forward(ImageBatch images)
    {
        using var scope = NewDisposeScope();
        var (rows, columns) = Grid(images.Shape);
        var pixels = images.Pixels.to(weight.Value.dtype);
        var (below, right) = ((rows * patch) - images.Shape.Height, (columns * patch) - images.Shape.Width);
        if (below + right > 0) pixels = functional.pad(pixels, (0, right, 0, below));
        var map = functional.conv2d(pixels, weight.Value, bias.Value, strides: [patch, patch]);     // [batch, hidden, rows, columns]
        return map.flatten(2).transpose(1, 2).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>Traces <see cref="Forward"/>: the convolution as the matrix product that it is, of pixels that belong to the batch.</summary>
    public FakeTensor Trace(Tape tape, InputShape input)
    {
        var (rows, columns) = Grid(input);
        using var pixels = tape.OfBatch(input.Size, rows * columns, channels * patch * patch);
        using var map = pixels.Linear(tape.Of(weight), tape.Of(bias));
        return map.Copy([.. map.Shape]);
    }
}
