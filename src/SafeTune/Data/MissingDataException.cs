namespace SafeTune.Data;

/// <summary>A dataset's file or folder is not there, which is no mistake where only a part of a dataset is kept.</summary>
/// <param name="message">Which, and where to get it.</param>
public sealed class MissingDataException(string message) : UsageException(message);
