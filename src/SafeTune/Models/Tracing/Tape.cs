namespace SafeTune.Models;

/// <summary>
/// Stands for libtorch and its autograd while a model walks through its layers without computing them: what is allocated and freed and when, what the backward pass
/// keeps, and the matrix products. What the operators allocate and save is in <see cref="FakeTensor"/>.
/// </summary>
/// <remarks>The composed operators on the CPU are followed byte by byte; tests hold them against the allocator.</remarks>
public sealed class Tape
{
    private readonly List<Node> nodes = [];
    private readonly Dictionary<Weight, FakeTensor> weights = [];
    private readonly Stack<List<FakeTensor>> scopes = new();

    // Gradients of the last kernel, to which its node holds a reference until the next one's turn: see AutogradNode.
    private readonly List<Storage> handedOver = [];

    /// <summary>Matrix products so far.</summary>
    public Flops Flops { get; private set; }

    /// <summary>Bytes held now; weights are not among them.</summary>
    public long CurrentBytes { get; private set; }

    /// <summary>Most bytes held at once.</summary>
    public long PeakBytes { get; private set; }

    /// <summary>Whether autograd records, as torch's grad mode.</summary>
    public bool Records { get; private set; } = true;

    /// <summary>A tensor that autograd does not follow.</summary>
    /// <param name="elementSize">Bytes of an element.</param>
    /// <param name="shape">The shape.</param>
    public FakeTensor Tensor(int elementSize, params long[] shape) => new(this, shape, elementSize, Allocate(FakeTensor.Count(shape) * elementSize), null);

    /// <summary>A tensor whose bytes are counted with the batch.</summary>
    /// <param name="shape">The shape.</param>
    public FakeTensor OfBatch(params long[] shape) => Tensor(0, shape);

    /// <summary>A weight: its bytes are resident and not counted here, its gradient's are.</summary>
    public FakeTensor Of(Weight weight)
    {
        if (!weights.TryGetValue(weight, out var tensor)) weights[weight] = tensor = new FakeTensor(this, [.. weight.Shape], sizeof(float), Allocate(0), new Node([], [], 0)) { IsWeight = true };
        return Records && weight.Trains ? tensor : tensor.Detached();
    }

    /// <summary>Frees at its end all tensors made since that were not kept, as TorchSharp's dispose scope.</summary>
    public IDisposable Scope()
    {
        scopes.Push([]);
        return new Ending(() =>
        {
            foreach (var tensor in scopes.Pop()) tensor.Dispose();
        });
    }

    /// <summary>Moves a tensor to the outer scope.</summary>
    public FakeTensor Keep(FakeTensor tensor)
    {
        var inner = scopes.Pop();
        inner.Remove(tensor);
        if (scopes.TryPeek(out var outer)) outer.Add(tensor);
        scopes.Push(inner);
        return tensor;
    }

    /// <summary>Autograd does not record until the end.</summary>
    /// <param name="off">False = nothing changes.</param>
    public IDisposable NoGrad(bool off = true)
    {
        var before = Records;
        Records = before && !off;
        return new Ending(() => Records = before);
    }

    /// <summary>The backward pass from <paramref name="root"/>: each operator's gradients in the engine's order, the last recorded first.</summary>
    /// <param name="root">Usually the loss.</param>
    /// <param name="gradient">The gradient of <paramref name="root"/>; null = ones.</param>
    public void Backward(FakeTensor root, Storage? gradient = null)
    {
        if (root.Source is not { } source) return;
        var first = gradient?.Retain() ?? Allocate(root.Bytes);
        Deliver(source, first.Retain());
        for (var i = nodes.Count - 1; i >= 0; i--)
        {
            if (nodes[i].Gradient is null) continue;
            Run(nodes[i]);
            nodes.RemoveAt(i);
        }

        first.Release();
        ReleaseHandedOver();
    }

    /// <summary>What a step ends with: the gradients go.</summary>
    public void Update()
    {
        foreach (var tensor in weights.Values)
        {
            tensor.Source!.Gradient?.Release();
            tensor.Source.Gradient = null;
        }
    }

    internal Storage Allocate(long bytes)
    {
        CurrentBytes += bytes;
        PeakBytes = Math.Max(PeakBytes, CurrentBytes);
        return new Storage(bytes, () => CurrentBytes -= bytes);
    }

    internal void Add(FakeTensor tensor)
    {
        if (scopes.TryPeek(out var scope)) scope.Add(tensor);
    }

    internal void Count(Flops flops) => Flops += flops;

    /// <summary>Records an operator; null where autograd has nothing to do.</summary>
    /// <param name="edges">To its operands.</param>
    /// <param name="saved">What it keeps.</param>
    /// <param name="scratch">What its gradients need meanwhile.</param>
    /// <param name="gathers">Whether it has several outputs.</param>
    /// <param name="isKernel">Whether its gradients are computed by a kernel of ours.</param>
    internal Node? Record(IEnumerable<Edge> edges, IEnumerable<Storage> saved, long scratch = 0, bool gathers = false, bool isKernel = false)
    {
        Edge[] needed = Records ? [.. edges.Where(edge => edge.Target is not null)] : [];
        if (needed.Length == 0) return null;
        var node = new Node(needed, [.. saved.Select(storage => storage.Retain())], scratch) { Gathered = gathers ? [] : null, IsKernel = isKernel };
        nodes.Add(node);
        return node;
    }

    private void Run(Node node)
    {
        var gradient = node.Gradient!;
        node.Gradient = null;
        if (node.IsKernel) ReleaseHandedOver();
        var scratch = Allocate(node.Scratch);
        List<(Node Target, Storage Gradient)> results = [];
        foreach (var edge in node.Edges)
        {
            var temporary = Allocate(edge.Scratch);
            results.Add((edge.Target!, edge.Bytes is { } bytes ? Allocate(bytes) : gradient.Retain()));
            temporary.Release();
        }

        scratch.Release();
        gradient.Release();
        foreach (var saved in node.Saved.Concat(node.Gathered ?? [])) saved.Release();
        foreach (var (target, result) in results)
        {
            if (node.IsKernel) handedOver.Add(result.Retain());
            Deliver(target, result);
        }
    }

    private void ReleaseHandedOver()
    {
        foreach (var gradient in handedOver) gradient.Release();
        handedOver.Clear();
    }

    // Two gradients are added in place: into the first, or else into the second, unless both have other users.
    private void Deliver(Node target, Storage gradient)
    {
        if (target.Gathered is { } gathered)
        {
            gathered.Add(gradient);
            target.Gradient ??= Allocate(0);
        }
        else if (target.Gradient is { IsShared: true } shared)
        {
            target.Gradient = gradient.IsShared ? Allocate(shared.Bytes) : gradient.Retain();
            shared.Release();
            gradient.Release();
        }
        else if (target.Gradient is not null)
        {
            gradient.Release();
        }
        else
        {
            target.Gradient = gradient;
        }
    }

    private sealed class Ending(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}

/// <summary>Bytes with their number of users.</summary>
public sealed class Storage
{
    private readonly Action free;
    private int users = 1;

    internal Storage(long bytes, Action free) => (Bytes, this.free) = (bytes, free);

    /// <summary>How many.</summary>
    public long Bytes { get; }

    internal bool IsShared => users > 1;

    internal Storage Retain()
    {
        users++;
        return this;
    }

    internal void Release()
    {
        if (--users == 0) free();
    }
}

/// <summary>An operator that autograd has recorded.</summary>
/// <param name="Edges">To the operators that its gradients go to.</param>
/// <param name="Saved">What it keeps until its gradients are computed.</param>
/// <param name="Scratch">Bytes that it needs meanwhile.</param>
internal sealed record Node(IReadOnlyList<Edge> Edges, IReadOnlyList<Storage> Saved, long Scratch)
{
    /// <summary>What has arrived from the operators above.</summary>
    public Storage? Gradient { get; set; }

    /// <summary>The gradients of an operator with several outputs, which all wait for the last; null where there is one output.</summary>
    public List<Storage>? Gathered { get; init; }

    /// <summary>Whether its gradients are computed by a kernel of ours.</summary>
    public bool IsKernel { get; init; }
}

/// <summary>Where a gradient goes.</summary>
/// <param name="Target">The operator that made the operand; null = it needs no gradient.</param>
/// <param name="Bytes">Of the gradient; null = it is the operator's own incoming gradient, or a view of that.</param>
/// <param name="Scratch">Bytes needed while it is computed.</param>
internal readonly record struct Edge(Node? Target, long? Bytes, long Scratch = 0);
