namespace SafeTune.Reproduction.World.Text;

/// <summary>Chance that falls the same way on every machine and with every .NET: Knuth's 64-bit linear congruence, of which the upper bits are used.</summary>
internal sealed class Chance(ulong seed)
{
    private ulong state = (seed * 0x9E3779B97F4A7C15UL) + 1;

    /// <summary>A number from 0 to <paramref name="count"/> - 1.</summary>
    public int Below(int count)
    {
        state = (state * 6364136223846793005UL) + 1442695040888963407UL;
        return (int)((state >> 33) % (ulong)count);
    }

    public bool Coin() => Below(2) == 0;

    public bool Percent(int percent) => Below(100) < percent;

    public T Of<T>(params IReadOnlyList<T> items) => items[Below(items.Count)];

    /// <summary>One of the items that is not among <paramref name="taken"/>.</summary>
    public T Other<T>(IReadOnlyList<T> items, params T[] taken) => Of<T>([.. items.Except(taken)]);

    public T[] Shuffled<T>(IEnumerable<T> items)
    {
        T[] shuffled = [.. items];
        for (int last = shuffled.Length - 1; last > 0; last--)
        {
            int other = Below(last + 1);
            (shuffled[last], shuffled[other]) = (shuffled[other], shuffled[last]);
        }
        return shuffled;
    }
}
