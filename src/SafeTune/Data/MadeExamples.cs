using System.Collections;

namespace SafeTune.Data;

/// <summary>Examples that are made from a file's bytes whenever they are asked for, so that a large set is in memory only once.</summary>
/// <param name="count">How many.</param>
/// <param name="make">Makes the example of an index; called from several threads at once.</param>
internal sealed class MadeExamples(int count, Func<int, Example> make) : IReadOnlyList<Example>
{
    public int Count => count;

    public Example this[int index] => index >= 0 && index < count ? make(index) : throw new ArgumentOutOfRangeException(nameof(index));

    public IEnumerator<Example> GetEnumerator() => Enumerable.Range(0, count).Select(make).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
