using SafeTune.Data;

namespace SafeTune.Tests.Images;

/// <summary>An encoded image in memory, which counts how often it is read.</summary>
internal sealed class Stored(byte[] bytes, string place = "here") : IStoredImage
{
    private int reads;

    public int Reads => Volatile.Read(ref reads);

    /// <summary>Called at every reading, on the thread that reads.</summary>
    public Action? Reading { get; init; }

    public string Place => place;

    public byte[] Read()
    {
        Interlocked.Increment(ref reads);
        Reading?.Invoke();
        return bytes;
    }
}
