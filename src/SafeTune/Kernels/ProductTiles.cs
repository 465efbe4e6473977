using System.Runtime.CompilerServices;

namespace SafeTune.Kernels;

// The tiles of a product, rows by vectors of c: one local for each sum, for the JIT keeps locals in registers and arrays in memory.
internal sealed unsafe partial class CpuKernels<TVector>
{
    [MethodImpl(Optimized)]
    private static void Tile4x4(long depth, Strided matrix, float* b, long bRow, float* c, long cRow, bool add)
    {
        TVector s00 = default, s01 = default, s02 = default, s03 = default, s10 = default, s11 = default, s12 = default, s13 = default;
        TVector s20 = default, s21 = default, s22 = default, s23 = default, s30 = default, s31 = default, s32 = default, s33 = default;
        float* c1 = c + cRow, c2 = c1 + cRow, c3 = c2 + cRow;
        if (add)
        {
            LoadTwo(c, ref s00, ref s01);
            LoadTwo(c + (2 * TVector.Lanes), ref s02, ref s03);
            LoadTwo(c1, ref s10, ref s11);
            LoadTwo(c1 + (2 * TVector.Lanes), ref s12, ref s13);
            LoadTwo(c2, ref s20, ref s21);
            LoadTwo(c2 + (2 * TVector.Lanes), ref s22, ref s23);
            LoadTwo(c3, ref s30, ref s31);
            LoadTwo(c3 + (2 * TVector.Lanes), ref s32, ref s33);
        }
        var a = matrix.At;
        long row = matrix.Row, rows3 = 3 * row, column = matrix.Column;
        for (; depth > 0; depth--)
        {
            TVector right0 = TVector.Load(b), right1 = TVector.Load(b + TVector.Lanes);
            TVector right2 = TVector.Load(b + (2 * TVector.Lanes)), right3 = TVector.Load(b + (3 * TVector.Lanes));
            var left = TVector.All(*a);
            AddTwo(left, right0, right1, ref s00, ref s01);
            AddTwo(left, right2, right3, ref s02, ref s03);
            left = TVector.All(a[row]);
            AddTwo(left, right0, right1, ref s10, ref s11);
            AddTwo(left, right2, right3, ref s12, ref s13);
            left = TVector.All(a[2 * row]);
            AddTwo(left, right0, right1, ref s20, ref s21);
            AddTwo(left, right2, right3, ref s22, ref s23);
            left = TVector.All(a[rows3]);
            AddTwo(left, right0, right1, ref s30, ref s31);
            AddTwo(left, right2, right3, ref s32, ref s33);
            a += column;
            b += bRow;
        }
        StoreTwo(c, s00, s01);
        StoreTwo(c + (2 * TVector.Lanes), s02, s03);
        StoreTwo(c1, s10, s11);
        StoreTwo(c1 + (2 * TVector.Lanes), s12, s13);
        StoreTwo(c2, s20, s21);
        StoreTwo(c2 + (2 * TVector.Lanes), s22, s23);
        StoreTwo(c3, s30, s31);
        StoreTwo(c3 + (2 * TVector.Lanes), s32, s33);
    }

    [MethodImpl(Optimized)]
    private static void Tile8x2(long depth, Strided matrix, float* b, long bRow, float* c, long cRow, bool add)
    {
        TVector s00 = default, s01 = default, s10 = default, s11 = default, s20 = default, s21 = default, s30 = default, s31 = default;
        TVector s40 = default, s41 = default, s50 = default, s51 = default, s60 = default, s61 = default, s70 = default, s71 = default;
        float* c1 = c + cRow, c2 = c1 + cRow, c3 = c2 + cRow, c4 = c3 + cRow, c5 = c4 + cRow, c6 = c5 + cRow, c7 = c6 + cRow;
        if (add)
        {
            LoadTwo(c, ref s00, ref s01);
            LoadTwo(c1, ref s10, ref s11);
            LoadTwo(c2, ref s20, ref s21);
            LoadTwo(c3, ref s30, ref s31);
            LoadTwo(c4, ref s40, ref s41);
            LoadTwo(c5, ref s50, ref s51);
            LoadTwo(c6, ref s60, ref s61);
            LoadTwo(c7, ref s70, ref s71);
        }
        long row = matrix.Row, rows3 = 3 * row, column = matrix.Column;
        float* a = matrix.At, fourth = a + (4 * row);
        for (; depth > 0; depth--)
        {
            TVector right0 = TVector.Load(b), right1 = TVector.Load(b + TVector.Lanes);
            AddTwo(TVector.All(*a), right0, right1, ref s00, ref s01);
            AddTwo(TVector.All(a[row]), right0, right1, ref s10, ref s11);
            AddTwo(TVector.All(a[2 * row]), right0, right1, ref s20, ref s21);
            AddTwo(TVector.All(a[rows3]), right0, right1, ref s30, ref s31);
            AddTwo(TVector.All(*fourth), right0, right1, ref s40, ref s41);
            AddTwo(TVector.All(fourth[row]), right0, right1, ref s50, ref s51);
            AddTwo(TVector.All(fourth[2 * row]), right0, right1, ref s60, ref s61);
            AddTwo(TVector.All(fourth[rows3]), right0, right1, ref s70, ref s71);
            a += column;
            fourth += column;
            b += bRow;
        }
        StoreTwo(c, s00, s01);
        StoreTwo(c1, s10, s11);
        StoreTwo(c2, s20, s21);
        StoreTwo(c3, s30, s31);
        StoreTwo(c4, s40, s41);
        StoreTwo(c5, s50, s51);
        StoreTwo(c6, s60, s61);
        StoreTwo(c7, s70, s71);
    }

    [MethodImpl(Optimized)]
    private static void Tile4x2(long depth, Strided matrix, float* b, long bRow, float* c, long cRow, bool add)
    {
        TVector s00 = default, s01 = default, s10 = default, s11 = default, s20 = default, s21 = default, s30 = default, s31 = default;
        float* c1 = c + cRow, c2 = c1 + cRow, c3 = c2 + cRow;
        if (add)
        {
            LoadTwo(c, ref s00, ref s01);
            LoadTwo(c1, ref s10, ref s11);
            LoadTwo(c2, ref s20, ref s21);
            LoadTwo(c3, ref s30, ref s31);
        }
        var a = matrix.At;
        long row = matrix.Row, rows3 = 3 * row, column = matrix.Column;
        // Two at a time: with so few sums the loop's own instructions count.
        for (; depth > 1; depth -= 2)
        {
            AddFourByTwo(a, row, rows3, b, ref s00, ref s01, ref s10, ref s11, ref s20, ref s21, ref s30, ref s31);
            a += column;
            b += bRow;
            AddFourByTwo(a, row, rows3, b, ref s00, ref s01, ref s10, ref s11, ref s20, ref s21, ref s30, ref s31);
            a += column;
            b += bRow;
        }
        if (depth > 0) AddFourByTwo(a, row, rows3, b, ref s00, ref s01, ref s10, ref s11, ref s20, ref s21, ref s30, ref s31);
        StoreTwo(c, s00, s01);
        StoreTwo(c1, s10, s11);
        StoreTwo(c2, s20, s21);
        StoreTwo(c3, s30, s31);
    }

    [MethodImpl(Optimized)]
    private static void Tile8x1(long depth, Strided matrix, float* b, long bRow, float* c, long cRow, bool add)
    {
        TVector s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
        float* c2 = c + (2 * cRow), c4 = c2 + (2 * cRow), c6 = c4 + (2 * cRow);
        if (add)
        {
            (s0, s1, s2, s3) = (TVector.Load(c), TVector.Load(c + cRow), TVector.Load(c2), TVector.Load(c2 + cRow));
            (s4, s5, s6, s7) = (TVector.Load(c4), TVector.Load(c4 + cRow), TVector.Load(c6), TVector.Load(c6 + cRow));
        }
        long row = matrix.Row, rows3 = 3 * row, column = matrix.Column;
        float* a = matrix.At, fourth = a + (4 * row);
        for (; depth > 0; depth--)
        {
            var right = TVector.Load(b);
            s0 = TVector.MultiplyAdd(TVector.All(*a), right, s0);
            s1 = TVector.MultiplyAdd(TVector.All(a[row]), right, s1);
            s2 = TVector.MultiplyAdd(TVector.All(a[2 * row]), right, s2);
            s3 = TVector.MultiplyAdd(TVector.All(a[rows3]), right, s3);
            s4 = TVector.MultiplyAdd(TVector.All(*fourth), right, s4);
            s5 = TVector.MultiplyAdd(TVector.All(fourth[row]), right, s5);
            s6 = TVector.MultiplyAdd(TVector.All(fourth[2 * row]), right, s6);
            s7 = TVector.MultiplyAdd(TVector.All(fourth[rows3]), right, s7);
            a += column;
            fourth += column;
            b += bRow;
        }
        s0.Store(c);
        s1.Store(c + cRow);
        s2.Store(c2);
        s3.Store(c2 + cRow);
        s4.Store(c4);
        s5.Store(c4 + cRow);
        s6.Store(c6);
        s7.Store(c6 + cRow);
    }

    [MethodImpl(Inline)]
    private static void AddFourByTwo(
        float* a, long row, long rows3, float* b, ref TVector s00, ref TVector s01, ref TVector s10, ref TVector s11,
        ref TVector s20, ref TVector s21, ref TVector s30, ref TVector s31)
    {
        TVector right0 = TVector.Load(b), right1 = TVector.Load(b + TVector.Lanes);
        AddTwo(TVector.All(*a), right0, right1, ref s00, ref s01);
        AddTwo(TVector.All(a[row]), right0, right1, ref s10, ref s11);
        AddTwo(TVector.All(a[2 * row]), right0, right1, ref s20, ref s21);
        AddTwo(TVector.All(a[rows3]), right0, right1, ref s30, ref s31);
    }

    [MethodImpl(Inline)]
    private static void AddTwo(TVector left, TVector right0, TVector right1, ref TVector sum0, ref TVector sum1)
    {
        sum0 = TVector.MultiplyAdd(left, right0, sum0);
        sum1 = TVector.MultiplyAdd(left, right1, sum1);
    }

    [MethodImpl(Inline)]
    private static void LoadTwo(float* from, ref TVector a, ref TVector b)
    {
        a = TVector.Load(from);
        b = TVector.Load(from + TVector.Lanes);
    }

    [MethodImpl(Inline)]
    private static void StoreTwo(float* to, TVector a, TVector b)
    {
        a.Store(to);
        b.Store(to + TVector.Lanes);
    }
}
