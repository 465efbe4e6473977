using VerifyTests.Internal;

namespace VerifyTests;

/// <summary>The snapshots of a verification that passed.</summary>
public class VerifyResult
{
    private readonly IReadOnlyList<FilePair> _files;

    internal VerifyResult(IReadOnlyList<FilePair> files) => _files = files;

    /// <summary>All verified files.</summary>
    public IEnumerable<string> Files => _files.Select(file => file.Verified);

    /// <summary>The verified text files.</summary>
    public IEnumerable<string> TextFiles => _files.Where(file => file.IsText).Select(file => file.Verified);

    /// <summary>The text of the only text file.</summary>
    public string Text => File.ReadAllText(TextFiles.Single());
}
