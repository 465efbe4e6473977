namespace VerifyTests;

/// <summary>Compares texts that are not equal as they stand.</summary>
public delegate Task<CompareResult> StringCompare(string received, string verified, IReadOnlyDictionary<string, object> context);

/// <summary>Compares binary snapshots.</summary>
public delegate Task<CompareResult> StreamCompare(Stream received, Stream verified, IReadOnlyDictionary<string, object> context);
