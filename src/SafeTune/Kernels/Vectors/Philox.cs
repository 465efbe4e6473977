using System.Runtime.CompilerServices;

namespace SafeTune.Kernels;

/// <summary>
/// Dropout's random numbers: Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"), a function of seed and
/// counter.
/// </summary>
internal static class Philox
{
    private const int Rounds = 10;

    /// <summary>
    /// The four words of as many counters as a vector has 64-bit lanes, in the lower halves of the lanes; the upper halves mean nothing.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Draw<TVector>(
        ulong seed, TVector counters, out TVector word0, out TVector word1, out TVector word2, out TVector word3)
        where TVector : struct, IVector<TVector>
    {
        TVector c0 = counters, c1 = TVector.UpperWords(counters), c2 = default, c3 = default;
        TVector multiplier0 = TVector.Words(0xD2511F53), multiplier1 = TVector.Words(0xCD9E8D57);
        TVector key0 = TVector.Words((uint)seed), key1 = TVector.Words(seed >> 32);
        for (var round = 0; round < Rounds; round++)
        {
            TVector product0 = TVector.MultiplyWords(c0, multiplier0), product1 = TVector.MultiplyWords(c2, multiplier1);
            c0 = TVector.UpperWords(product1) ^ c1 ^ key0;
            c1 = product1;
            c2 = TVector.UpperWords(product0) ^ c3 ^ key1;
            c3 = product0;
            key0 = TVector.AddWords(key0, TVector.Words(0x9E3779B9));
            key1 = TVector.AddWords(key1, TVector.Words(0xBB67AE85));
        }
        (word0, word1, word2, word3) = (c0, c1, c2, c3);
    }
}
