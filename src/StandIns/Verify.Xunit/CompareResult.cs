namespace VerifyTests;

/// <summary>Compares texts that are not equal as they stand.</summary>
public delegate Task<CompareResult> StringCompare(string received, string verified, IReadOnlyDictionary<string, object> context);

/// <summary>What a comparer found.</summary>
public readonly struct CompareResult
{
    /// <summary>No difference that matters.</summary>
    public static CompareResult Equal = new(true, null);

    private CompareResult(bool isEqual, string? message) => (IsEqual, Message) = (isEqual, message);

    /// <summary>Whether the test passes.</summary>
    public bool IsEqual { get; }

    /// <summary>What the failure says in place of both texts; null shows the texts.</summary>
    public string? Message { get; }

    /// <summary>A difference.</summary>
    public static CompareResult NotEqual(in string? message = null) => new(false, message);
}
