namespace SafeTune.Checkpoints;

/// <summary>A tensor and where its bytes are, counted from the end of the safetensors header.</summary>
/// <param name="Tensor">Name, type and shape.</param>
/// <param name="Begin">First byte.</param>
/// <param name="End">One past the last byte.</param>
internal sealed record SafeTensorsEntry(TensorEntry Tensor, long Begin, long End);
