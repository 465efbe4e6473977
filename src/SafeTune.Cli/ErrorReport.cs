using System.Globalization;
using System.Runtime.InteropServices;

namespace SafeTune.Cli;

/// <summary>Errors that are SafeTune's own and not the user's: a sentence for people, the details in a file.</summary>
internal static class ErrorReport
{
    /// <summary>Writes the details into the folder for temporary files.</summary>
    /// <returns>The sentence.</returns>
    public static string Write(Exception error, IReadOnlyList<string> args)
    {
        var what = $"{error.GetType().Name}: {error.Message.Split('\n')[0].TrimEnd('.', '\r')}";
        var path = Path.Combine(Path.GetTempPath(), string.Create(CultureInfo.InvariantCulture, $"safetune-error-{DateTime.UtcNow:yyyyMMdd-HHmmss}-{Environment.ProcessId}.txt"));
        try
        {
            AtomicFile.WriteAllText(path, $"safetune {string.Join(' ', args)}\n{RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}, torch {Torch.TorchLibrary.Version}\n\n{error}\n");
        }
        catch (Exception second) when (second is UsageException or TypeInitializationException)
        {
            return $"This is an error of SafeTune's own ({what}), and its details could not be written to '{path}'; please report it.";
        }

        return $"This is an error of SafeTune's own ({what}); please report it with the details in '{path}'.";
    }
}
