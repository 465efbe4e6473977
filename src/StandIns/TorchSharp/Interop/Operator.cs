using System.Collections.Concurrent;
using static TorchSharp.torch;

namespace TorchSharp.Interop;

/// <summary>Calls libtorch's operators by name: "add.Tensor" is aten::add, overload Tensor.</summary>
internal static unsafe class Operator
{
    // Names are literals of this assembly, hence one object each: found by reference, without hashing the text.
    private static readonly ConcurrentDictionary<string, nint> Handles = new(ReferenceEqualityComparer.Instance);

    /// <summary>True when this libtorch has the operator.</summary>
    internal static bool Exists(string name) => Find(name) != 0;

    private static nint Find(string name) => Handles.TryGetValue(name, out var handle) ? handle : Handles.GetOrAdd(name, Resolve);

    private static nint Resolve(string name)
    {
        var (dot, found) = (name.IndexOf('.'), (nint)0);
        Native.Check(Native.st_operator_find("aten::" + (dot < 0 ? name : name[..dot]), dot < 0 ? "" : name[(dot + 1)..], &found));
        return found;
    }

    /// <summary>An operator with one tensor as its result.</summary>
    internal static Tensor Call(string op, scoped in Arg a, scoped in Arg b = default, scoped in Arg c = default, scoped in Arg d = default, scoped in Arg e = default, scoped in Arg f = default, scoped in Arg g = default, scoped in Arg h = default, scoped in Arg i = default)
    {
        Value result;
        Invoke(op, &result, 1, a, b, c, d, e, f, g, h, i);
        return new Tensor((nint)result.Bits);
    }

    /// <summary>An operator that works in place: returns the same object.</summary>
    internal static Tensor Self(string op, Tensor self, scoped in Arg b = default, scoped in Arg c = default, scoped in Arg d = default, scoped in Arg e = default, scoped in Arg f = default)
    {
        Value result;
        Invoke(op, &result, 1, self, b, c, d, e, f, default, default, default);
        Native.st_tensor_free((nint)result.Bits);
        return self;
    }

    internal static (Tensor, Tensor) Call2(string op, scoped in Arg a, scoped in Arg b = default, scoped in Arg c = default, scoped in Arg d = default, scoped in Arg e = default)
    {
        var results = stackalloc Value[2];
        Invoke(op, results, 2, a, b, c, d, e, default, default, default, default);
        return (new((nint)results[0].Bits), new((nint)results[1].Bits));
    }

    internal static (Tensor, Tensor, Tensor) Call3(string op, scoped in Arg a, scoped in Arg b = default, scoped in Arg c = default, scoped in Arg d = default, scoped in Arg e = default)
    {
        var results = stackalloc Value[3];
        Invoke(op, results, 3, a, b, c, d, e, default, default, default, default);
        return (new((nint)results[0].Bits), new((nint)results[1].Bits), new((nint)results[2].Bits));
    }

    /// <summary>An operator with a list of at most <paramref name="capacity"/> tensors as its result.</summary>
    internal static Tensor[] Many(string op, long capacity, scoped in Arg a, scoped in Arg b = default, scoped in Arg c = default)
    {
        var results = new Value[Math.Max(1, capacity)];
        fixed (Value* first = results)
        {
            var count = Invoke(op, first, results.Length, a, b, c, default, default, default, default, default, default);
            var tensors = new Tensor[count];
            for (var i = 0; i < count; i++) tensors[i] = new((nint)first[i].Bits);
            return tensors;
        }
    }

    /// <summary>An operator with one number or truth value as its result, as 64 bits.</summary>
    internal static long Number(string op, scoped in Arg a, scoped in Arg b = default, scoped in Arg c = default, scoped in Arg d = default, scoped in Arg e = default)
    {
        Value result;
        Invoke(op, &result, 1, a, b, c, d, e, default, default, default, default);
        return result.Bits;
    }

    private static int Invoke(string op, Value* results, int capacity, scoped in Arg a, scoped in Arg b, scoped in Arg c, scoped in Arg d, scoped in Arg e, scoped in Arg f, scoped in Arg g, scoped in Arg h, scoped in Arg i)
    {
        var handle = Find(op);
        if (handle == 0) throw new NotSupportedException($"This libtorch ({torch.__version__}) has no operator '{op}'.");
        var arguments = stackalloc Value[9];
        fixed (byte* pa = a.Elements, pb = b.Elements, pc = c.Elements, pd = d.Elements, pe = e.Elements, pf = f.Elements, pg = g.Elements, ph = h.Elements, pi = i.Elements)
        {
            arguments[0] = a.ToValue(pa);
            var count = 1;
            if (b.IsGiven) arguments[count++] = b.ToValue(pb);
            if (c.IsGiven) arguments[count++] = c.ToValue(pc);
            if (d.IsGiven) arguments[count++] = d.ToValue(pd);
            if (e.IsGiven) arguments[count++] = e.ToValue(pe);
            if (f.IsGiven) arguments[count++] = f.ToValue(pf);
            if (g.IsGiven) arguments[count++] = g.ToValue(pg);
            if (h.IsGiven) arguments[count++] = h.ToValue(ph);
            if (i.IsGiven) arguments[count++] = i.ToValue(pi);
            Native.Check(Native.st_operator_call(handle, arguments, count, results, &capacity));
        }
        KeepAlive(a, b, c, d, e, f, g, h, i);
        return capacity;
    }

    // A finalizer must not free an argument while libtorch reads it.
    private static void KeepAlive(scoped in Arg a, scoped in Arg b, scoped in Arg c, scoped in Arg d, scoped in Arg e, scoped in Arg f, scoped in Arg g, scoped in Arg h, scoped in Arg i)
    {
        GC.KeepAlive(a.Owner);
        GC.KeepAlive(b.Owner);
        GC.KeepAlive(c.Owner);
        GC.KeepAlive(d.Owner);
        GC.KeepAlive(e.Owner);
        GC.KeepAlive(f.Owner);
        GC.KeepAlive(g.Owner);
        GC.KeepAlive(h.Owner);
        GC.KeepAlive(i.Owner);
    }
}
