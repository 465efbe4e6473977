using TorchSharp;

using static TorchSharp.torch;

namespace SafeTune.Checkpoints.Pickles;

// What a pickle can become here. Otherwise: null, bool, long, BigInteger, double, string, byte[], List<object?> (lists and sets), object?[] (tuples).

/// <summary>A dictionary as a list of its items, so that no hostile key is ever hashed or compared.</summary>
internal sealed class PickleDictionary
{
    public List<(object? Key, object? Value)> Items { get; } = [];

    /// <summary>The value set last for a name; null when there is none.</summary>
    public object? this[string name] => Items.LastOrDefault(item => item.Key is string key && key == name).Value;
}

/// <summary>A name that pickles may ask for.</summary>
/// <param name="Name">Module and name.</param>
/// <param name="StorageDtype">Element type, when it names a kind of storage.</param>
/// <param name="Call">What calling it does; null when there is nothing to call.</param>
internal sealed record PickleGlobal(string Name, ScalarType? StorageDtype, Func<object?[], object?>? Call);

/// <summary>Numbers that lie outside the pickle.</summary>
/// <param name="Key">Names them in the file.</param>
/// <param name="Dtype">Element type.</param>
/// <param name="Elements">How many, as the pickle claims.</param>
internal sealed record PickledStorage(string Key, ScalarType Dtype, long Elements);

/// <summary>A tensor as the pickle describes it; nothing is checked.</summary>
/// <param name="Storage">Its numbers, and maybe others'.</param>
/// <param name="Offset">Its first element in the storage.</param>
/// <param name="Shape">Sizes.</param>
/// <param name="Strides">Elements from one index to the next, for each dimension.</param>
internal sealed record PickledTensor(PickledStorage Storage, long Offset, long[] Shape, long[] Strides);
