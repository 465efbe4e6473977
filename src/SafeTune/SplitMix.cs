namespace SafeTune;

/// <summary>SplitMix64 (Steele, Lea and Flood 2014): our own, so that what is drawn is the same under every version of .NET.</summary>
internal sealed class SplitMix(ulong state)
{
    /// <summary>A generator that follows from two numbers; neighbouring ones give unrelated draws.</summary>
    public static SplitMix Of(long first, long second) => new(new SplitMix((ulong)first).Next() ^ (ulong)second);

    /// <summary>The next 64 bits.</summary>
    public ulong Next()
    {
        state += 0x9E3779B97F4A7C15;
        var z = state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>A number from 0 to below <paramref name="bound"/>.</summary>
    public int Below(int bound) => (int)(Next() % (ulong)bound);

    /// <summary>Puts the values in random order.</summary>
    public void Shuffle(int[] values)
    {
        for (var i = values.Length - 1; i > 0; i--)
        {
            var j = Below(i + 1);
            (values[i], values[j]) = (values[j], values[i]);
        }
    }
}
