using System.Text;

namespace VerifyTests.Internal;

/// <summary>A failure's message, in the format that tools read: files by kind, then what is in them.</summary>
internal static class FailureMessage
{
    public static string Build(string directory, Difference? difference, IReadOnlyList<string> deleted, IReadOnlyList<FilePair> equal)
    {
        var text = new StringBuilder($"Directory: {directory}\n");
        if (difference is not null)
        {
            text.Append(Kind(difference)).Append(":\n");
            Files(text, difference.File);
        }

        if (deleted.Count > 0)
        {
            text.Append("Delete:\n").AppendJoin("", deleted.Select(file => $"  - {Path.GetFileName(file)}\n"));
        }

        if (equal.Count > 0)
        {
            text.Append("Equal:\n");
            foreach (var file in equal)
            {
                Files(text, file);
            }
        }

        if (difference is not null && !VerifierSettings.OmitsContent && (difference.File.IsText || difference.Message is not null))
        {
            text.Append("\nFileContent:\n\n").Append(Kind(difference)).Append(":\n\n").Append(Content(difference)).Append("\n\n");
        }

        return text.ToString();
    }

    private static string Kind(Difference difference) => difference.IsNew ? "New" : "NotEqual";

    private static void Files(StringBuilder text, FilePair file) =>
        text.Append("  - Received: ").Append(Path.GetFileName(file.Received)).Append("\n    Verified: ").Append(Path.GetFileName(file.Verified)).Append('\n');

    private static string Content(Difference difference)
    {
        var received = $"Received: {Path.GetFileName(difference.File.Received)}\n";
        var verified = $"Verified: {Path.GetFileName(difference.File.Verified)}\n";
        return difference switch
        {
            { IsNew: true } => received + difference.ReceivedText,
            { Message: { } message } => $"{received}{verified}Compare Result:\n{message}",
            _ => $"{received}{difference.ReceivedText}\n{verified}{difference.VerifiedText}",
        };
    }
}
