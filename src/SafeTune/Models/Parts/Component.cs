namespace SafeTune.Models;

/// <summary>A part of a model: a tree of components and weights under Hugging Face's names.</summary>
/// <remarks>Names are given where a part is made, never found by reflection, so that lists, replaced parts and injected adapters are all seen.</remarks>
public abstract class Component : IDisposable
{
    private readonly List<(string Name, Component Component)> children = [];
    private readonly List<Weight> weights = [];

    /// <summary>True while training: dropout is on. Set by <see cref="Train"/>.</summary>
    public bool Training { get; private set; }

    /// <summary>Switches this part and all below it to training (dropout on) or evaluation.</summary>
    public void Train(bool on = true)
    {
        Training = on;
        foreach (var (_, child) in children) child.Train(on);
    }

    /// <summary>Whether a weight below this part trains.</summary>
    public bool Trains => NamedWeights().Any(entry => entry.Weight.Trains);

    /// <summary>How the operators of this part are computed. Set by <see cref="Use"/>.</summary>
    public KernelOptions Kernels { get; private set; }

    /// <summary>Chooses how the operators of this part and all below it are computed.</summary>
    public void Use(KernelOptions kernels)
    {
        Kernels = kernels;
        foreach (var (_, child) in children) child.Use(kernels);
    }

    /// <summary>Every weight below this part with its path, e.g. <c>encoder.layer.0.attention.self.query.weight</c>.</summary>
    public IEnumerable<(string Path, Weight Weight)> NamedWeights() =>
        weights.Select(weight => (weight.Name, weight))
            .Concat(children.SelectMany(child => child.Component.NamedWeights().Select(inner => (Join(child.Name, inner.Path), inner.Weight))));

    /// <summary>Every part of kind <typeparamref name="T"/> below this one with its path.</summary>
    public IEnumerable<(string Path, T Component)> Named<T>() where T : Component
    {
        foreach (var (name, child) in children)
        {
            if (child is T found) yield return (name, found);
            foreach (var (path, inner) in child.Named<T>()) yield return (Join(name, path), inner);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var weight in weights) weight.Dispose();
        foreach (var (_, child) in children) child.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Adds a part under <paramref name="name"/>, which may hold dots; an empty name gives its weights this part's own path.</summary>
    protected T Register<T>(string name, T child) where T : Component
    {
        children.Add((name, child));
        child.Train(Training);
        child.Use(Kernels);
        return child;
    }

    /// <summary>Removes a part added before; it is not disposed.</summary>
    protected void Unregister(Component child) => children.RemoveAll(entry => ReferenceEquals(entry.Component, child));

    /// <summary>Adds a weight of this part.</summary>
    protected Weight Register(Weight weight)
    {
        weights.Add(weight);
        return weight;
    }

    private static string Join(string name, string path) => name.Length == 0 ? path : $"{name}.{path}";
}
