namespace VerifyTests.Internal;

/// <summary>A snapshot that does not hold: new when there is no verified text or file yet.</summary>
internal sealed record Difference(FilePair File, bool IsNew, string? Message, string? ReceivedText, string? VerifiedText);
