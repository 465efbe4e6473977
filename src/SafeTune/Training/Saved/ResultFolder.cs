using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using SafeTune.Freezing;

namespace SafeTune.Training;

/// <summary>Puts a fine-tuned model's folder in place as a whole: a reader finds the old result or the new one, never files of both.</summary>
/// <remarks>The new folder is written beside the target and changes places with it. Files that no result consists of are the user's, and stay.</remarks>
internal static partial class ResultFolder
{
    private const int AtWorkingDirectory = -100;
    private const uint Exchange = 2;

    // Adapters of peft, of adapter-hub and of BitFit, whole models in one file or in several, and what SafeTune adds.
    private static readonly HashSet<string> ResultFiles =
    [
        "adapter_config.json", "adapter_model.safetensors", "adapter_model.bin", "adapter.safetensors", "pytorch_adapter.bin", "head_config.json", "model_head.safetensors", "pytorch_model_head.bin",
        "bitfit_config.json", "bitfit_model.safetensors", "config.json", "model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json",
        FineTunedInfo.FileName, FreezePlan.FileName, .. HuggingFaceFolder.TokenizerFiles,
    ];

    /// <summary>Writes a result in the place of an earlier one.</summary>
    /// <param name="folder">Created when missing.</param>
    /// <param name="write">Writes the files into the folder that it is given.</param>
    /// <exception cref="UsageException">A file cannot be written; what was there before is untouched.</exception>
    public static void Replace(string folder, Action<string> write)
    {
        var target = Target(folder);
        var beside = target + AtomicFile.Suffix;
        try
        {
            CleanUp(beside, target);
            Directory.CreateDirectory(beside);
            write(beside);
            if (!Directory.Exists(target)) Directory.Move(beside, target);
            else if (Results(target).Length == 0 || !Exchanged(beside, target)) MoveFiles(beside, target);
            AtomicFile.FlushFolder(Path.GetDirectoryName(target)!);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"The folder '{folder}' cannot be written: {error.Message.TrimEnd('.')}.", error);
        }
        finally
        {
            CleanUp(beside, target);
        }
    }

    // A link stays a link; its target is replaced.
    private static string Target(string folder)
    {
        var path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        return Directory.Exists(path) ? Directory.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path : path;
    }

    // Not under the feet of whoever works in the old folder.
    private static bool Exchanged(string beside, string target) =>
        OperatingSystem.IsLinux() && !Environment.CurrentDirectory.StartsWith(target, StringComparison.Ordinal)
        && Rename(AtWorkingDirectory, Encoding.UTF8.GetBytes(beside + "\0"), AtWorkingDirectory, Encoding.UTF8.GetBytes(target + "\0"), Exchange) == 0;

    // Where directories cannot change places, such as a mounted one: the file that makes a result complete goes first and comes last.
    private static void MoveFiles(string beside, string target)
    {
        foreach (var path in Results(target).OrderBy(path => Path.GetFileName(path) != FineTunedInfo.FileName)) File.Delete(path);
        foreach (var path in Results(beside).OrderBy(path => Path.GetFileName(path) == FineTunedInfo.FileName)) File.Move(path, Path.Combine(target, Path.GetFileName(path)));
        AtomicFile.FlushFolder(target);
    }

    // Also after a process that was killed between two of these: the user's files move to the new result, the old result goes.
    private static void CleanUp(string beside, string target)
    {
        if (!Directory.Exists(beside)) return;
        foreach (var path in Results(beside)) File.Delete(path);
        foreach (var path in Directory.GetFileSystemEntries(beside))
        {
            Directory.CreateDirectory(target);
            var moved = Path.Combine(target, Path.GetFileName(path));
            if (Directory.Exists(path)) Directory.Move(path, moved);
            else File.Move(path, moved);
        }

        Directory.Delete(beside);
    }

    private static string[] Results(string folder) => [.. Directory.GetFiles(folder).Where(path => IsResult(Path.GetFileName(path)))];

    private static bool IsResult(string name) =>
        ResultFiles.Contains(name) || Shard().IsMatch(name) || (name.EndsWith(AtomicFile.Suffix, StringComparison.Ordinal) && IsResult(name[..^AtomicFile.Suffix.Length]));

    [GeneratedRegex(@"^(model|pytorch_model)-\d{5}-of-\d{5}\.(safetensors|bin)$")]
    private static partial Regex Shard();

    [DllImport("libc", EntryPoint = "renameat2")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Rename(int oldFolder, byte[] oldPath, int newFolder, byte[] newPath, uint flags);
}
