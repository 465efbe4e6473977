namespace VerifyTests;

/// <summary>What a comparer found.</summary>
public readonly struct CompareResult
{
    /// <summary>No difference that matters.</summary>
    public static CompareResult Equal = new(true);

    private CompareResult(bool isEqual, string? message)
    {
        IsEqual = isEqual;
        Message = message;
    }

    /// <summary>A result without a message.</summary>
    public CompareResult(in bool isEqual) : this(isEqual, null)
    {
    }

    /// <summary>Whether the test passes.</summary>
    public bool IsEqual { get; }

    /// <summary>What the failure says in place of both texts; null shows the texts.</summary>
    public string? Message { get; }

    /// <summary>A difference.</summary>
    public static CompareResult NotEqual(in string? message = null) => new(false, message);
}
