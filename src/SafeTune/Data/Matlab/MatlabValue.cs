namespace SafeTune.Data;

/// <summary>An array of a MATLAB file.</summary>
/// <param name="Shape">Its sizes; what it holds is in column-major order.</param>
internal abstract record MatlabValue(IReadOnlyList<int> Shape);

/// <summary>Numbers of any type, and logical values.</summary>
internal sealed record MatlabNumbers(IReadOnlyList<int> Shape, double[] Values) : MatlabValue(Shape);

/// <summary>Characters.</summary>
internal sealed record MatlabText(IReadOnlyList<int> Shape, string Text) : MatlabValue(Shape);

/// <summary>A cell array.</summary>
internal sealed record MatlabCells(IReadOnlyList<int> Shape, IReadOnlyList<MatlabValue> Items) : MatlabValue(Shape);

/// <summary>A struct array: a value of each field, for each element.</summary>
internal sealed record MatlabStructs(IReadOnlyList<int> Shape, IReadOnlyList<IReadOnlyDictionary<string, MatlabValue>> Items) : MatlabValue(Shape);
