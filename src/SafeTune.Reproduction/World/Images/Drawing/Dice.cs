using System.Numerics;

namespace SafeTune.Reproduction.World.Images.Drawing;

/// <summary>Chance that is the same on every machine and outlives versions of .NET: PCG32 (O'Neill 2014).</summary>
internal sealed class Dice
{
    private const ulong Multiplier = 6364136223846793005, Increment = 1442695040888963407;
    private ulong state;

    /// <summary>Chance for one image.</summary>
    /// <param name="name">What the image belongs to.</param>
    /// <param name="number">Which of the images of that name.</param>
    public Dice(string name, int number)
    {
        // FNV-1a of the name.
        state = 14695981039346656037;
        foreach (char letter in name)
            state = (state ^ letter) * 1099511628211;
        state ^= (ulong)number * 0x9E3779B97F4A7C15;
        Next();
        Next();
    }

    /// <summary>32 random bits.</summary>
    public uint Next()
    {
        ulong old = state;
        state = old * Multiplier + Increment;
        return BitOperations.RotateRight((uint)(((old >> 18) ^ old) >> 27), (int)(old >> 59));
    }

    /// <summary>From 0 to below <paramref name="end"/>.</summary>
    public int Below(int end) => (int)(((ulong)Next() * (uint)end) >> 32);

    /// <summary>From <paramref name="low"/> to <paramref name="high"/>, both included.</summary>
    public int Between(int low, int high) => low + Below(high - low + 1);

    /// <summary>True in so many of a hundred cases.</summary>
    public bool Percent(int chance) => Below(100) < chance;

    /// <summary>One of them.</summary>
    public T Of<T>(params ReadOnlySpan<T> choices) => choices[Below(choices.Length)];
}
