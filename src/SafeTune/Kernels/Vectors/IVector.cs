namespace SafeTune.Kernels;

/// <summary>
/// A vector of floats of one width. The kernels are written once, generic over it; the JIT compiles them again for each struct, as C++
/// would a template.
/// </summary>
internal unsafe interface IVector<TSelf>
    where TSelf : struct, IVector<TSelf>
{
    /// <summary>Floats in a vector, a constant to the JIT.</summary>
    static abstract int Lanes { get; }

    static abstract TSelf Load(float* from);

    static abstract TSelf All(float value);

    void Store(float* to);

    static abstract TSelf operator +(TSelf a, TSelf b);

    static abstract TSelf operator -(TSelf a, TSelf b);

    static abstract TSelf operator *(TSelf a, TSelf b);

    static abstract TSelf operator /(TSelf a, TSelf b);

    /// <summary>a b + c, rounded once where the processor can.</summary>
    static abstract TSelf MultiplyAdd(TSelf a, TSelf b, TSelf c);

    /// <summary>The larger of each two. Where b is no number the result is none either; of a that is not promised.</summary>
    static abstract TSelf Larger(TSelf a, TSelf b);

    /// <summary>The smaller of each two. Where b is no number the result is none either; of a that is not promised.</summary>
    static abstract TSelf Smaller(TSelf a, TSelf b);

    /// <summary>2 to the power of whole numbers from -126 to 127.</summary>
    static abstract TSelf PowerOfTwo(TSelf n);

    /// <summary>0 where x is below the limit, else the value.</summary>
    static abstract TSelf ZeroBelow(TSelf x, TSelf limit, TSelf value);

    /// <summary>The sum of the lanes, halves added to halves.</summary>
    static abstract float Sum(TSelf a);

    static abstract float Largest(TSelf a);

    static abstract float First(TSelf a);

    /// <summary>The same bits as 64-bit lanes, for <see cref="Philox"/>: each the value given.</summary>
    static abstract TSelf Words(ulong value);

    static abstract TSelf AddWords(TSelf a, TSelf b);

    /// <summary>The products of the lower halves of the 64-bit lanes.</summary>
    static abstract TSelf MultiplyWords(TSelf a, TSelf b);

    /// <summary>The upper halves of the 64-bit lanes, moved down.</summary>
    static abstract TSelf UpperWords(TSelf a);

    static abstract TSelf operator ^(TSelf a, TSelf b);

    /// <summary>
    /// The 64 factors of a tile, 0 or the rule's scale: element 8 v + i comes from 16-bit value v, of eight, of counter 8 * tile + i.
    /// </summary>
    static abstract void TileFactors(in DropoutRule rule, ulong tile, float* factors);
}
