using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using SafeTune.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace SafeTune.Measurement;

/// <summary>What a result depends on besides its configuration; stands beside every result.</summary>
/// <param name="Device">Where training runs by default: the first GPU's name, else the CPU's.</param>
/// <param name="Torch">Version of libtorch.</param>
/// <param name="Dotnet">Version of the .NET runtime.</param>
/// <param name="Commit">Commit of the repository in the working directory; empty where there is none.</param>
/// <param name="Dirty">That repository has uncommitted changes to tracked files.</param>
/// <param name="Stack">TorchSharp, its version, and the instruction set where libtorch was told to use a certain one.</param>
/// <param name="Blas">The matrix-product library of the CPU; empty when unknown.</param>
/// <param name="Threads">Threads that torch uses.</param>
/// <param name="Os">Operating system.</param>
/// <param name="Cpu">Model of the processor.</param>
public sealed record RunEnvironment(
    string Device, string Torch, string Dotnet, string Commit, bool Dirty, string Stack, string Blas, int Threads, string Os, string Cpu)
{
    /// <summary>Most memory this process has held so far, in bytes (VmHWM); the runtime's own figure where there is no /proc.</summary>
    public static long ProcessPeakBytes() => StatusBytes("/proc/self/status", "VmHWM:") ?? Process.GetCurrentProcess().PeakWorkingSet64;

    /// <summary>Looks at this machine and process. Never throws: what cannot be found out is empty.</summary>
    public static RunEnvironment Read()
    {
        var cpu = CpuModel();
        var (commit, dirty) = GitState.Read(Directory.GetCurrentDirectory());
        return new(
            CudaDriver.Name(0) ?? cpu,
            TorchLibrary.Version ?? "",
            Environment.Version.ToString(),
            commit,
            dirty,
            StackName(),
            TorchLibrary.Blas ?? "",
            TorchLibrary.WhyNot is null ? get_num_threads() : 0,
            OsName(),
            cpu);
    }

    // The version of the package, without its commit, and the instruction set where one was asked for: results depend on it in their last digits.
    private static string StackName()
    {
        var assembly = typeof(torch).Assembly;
        var version = assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? assembly.GetName().Version?.ToString();
        return $"TorchSharp {version} {TorchLibrary.InstructionSet}".TrimEnd();
    }

    internal static long? StatusBytes(string file, string key)
    {
        if (!File.Exists(file)) return null;
        var words = File.ReadLines(file).FirstOrDefault(l => l.StartsWith(key, StringComparison.Ordinal))?
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return words is [_, var number, "kB", ..] && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var kib) ? kib * 1024 : null;
    }

    private static string CpuModel() =>
        Value("/proc/cpuinfo", "model name", ':') ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? RuntimeInformation.ProcessArchitecture.ToString();

    private static string OsName() => Value("/etc/os-release", "PRETTY_NAME", '=') ?? RuntimeInformation.OSDescription;

    private static string? Value(string file, string key, char separator)
    {
        if (!File.Exists(file)) return null;
        var line = File.ReadLines(file).FirstOrDefault(l => l.StartsWith(key, StringComparison.Ordinal) && l.Contains(separator, StringComparison.Ordinal));
        return line?[(line.IndexOf(separator, StringComparison.Ordinal) + 1)..].Trim().Trim('"');
    }
}
