namespace VerifyTests.Internal;

/// <summary>Comparers by extension, and one for all others.</summary>
internal sealed class ComparerSet<T>
    where T : Delegate
{
    private readonly Dictionary<string, T> _byExtension = new(StringComparer.Ordinal);
    private T? _others;

    public void Use(T compare) => _others = compare;

    public void Use(T compare, string extension) => _byExtension[Guard.Extension(extension)] = compare;

    public T? Find(string extension) => _byExtension.GetValueOrDefault(extension) ?? _others;
}
