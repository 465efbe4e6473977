namespace VerifyTests;

/// <summary>One verification: what was received against the verified file of its name.</summary>
internal sealed class Snapshot(string directory, string name, string extension)
{
    private string Received => Path.Combine(directory, $"{name}.received.{extension}");

    private string Verified => Path.Combine(directory, $"{name}.verified.{extension}");

    public async Task<VerifyResult> Verify(string text, VerifySettings settings)
    {
        // What an earlier run left behind must not look like this one's.
        File.Delete(Received);
        var received = settings.Scrub(text);
        var verified = File.Exists(Verified) ? WithoutLastNewline(Newlines(await File.ReadAllTextAsync(Verified)), received) : null;
        if (received == verified) return new VerifyResult();
        var result = verified is not null && settings.Comparer is { } compare
            ? await compare(received, verified, new Dictionary<string, object>())
            : CompareResult.NotEqual();
        if (result.IsEqual) return new VerifyResult();
        Directory.CreateDirectory(directory);
        await File.WriteAllTextAsync(Received, received, VerifierSettings.Encoding);
        throw new VerifyException(Message(received, verified, result.Message));
    }

    /// <summary>The text with \n for every kind of line end.</summary>
    public static string Newlines(string text) => text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');

    // Editors end a file with a new line.
    private static string WithoutLastNewline(string verified, string received) =>
        verified.Length == received.Length + 1 && verified.EndsWith('\n') ? verified[..^1] : verified;

    // In the format that tools read: files by kind, then what is in them.
    private string Message(string received, string? verified, string? message)
    {
        var (kind, first, second) = (verified is null ? "New" : "NotEqual", Path.GetFileName(Received), Path.GetFileName(Verified));
        var content = verified is null ? received
            : message is not null ? $"Verified: {second}\nCompare Result:\n{message}"
            : $"{received}\nVerified: {second}\n{verified}";
        return $"Directory: {directory}\n{kind}:\n  - Received: {first}\n    Verified: {second}\n\nFileContent:\n\n{kind}:\n\nReceived: {first}\n{content}\n\n";
    }
}

/// <summary>The snapshot of a verification that passed.</summary>
public class VerifyResult
{
    internal VerifyResult()
    {
    }
}
