namespace VerifyTests.Internal;

/// <summary>A received file and the verified one it is held against.</summary>
internal readonly record struct FilePair(string Extension, string Received, string Verified)
{
    public bool IsText => TextExtensions.Contain(Extension);
}
