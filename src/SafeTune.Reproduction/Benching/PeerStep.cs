using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace SafeTune.Reproduction.Benching;

/// <summary>
/// A training step of the same model as Hugging Face transformers and peft compute it, where a Python has torch: on the CPU by experiments/bench/peer_step.py,
/// which needs torch alone, on a GPU by peer_transformers.py, which runs transformers and peft themselves.
/// </summary>
/// <param name="Torch">Its version.</param>
/// <param name="Seconds">Of the fastest step.</param>
/// <param name="ActivationBytes">Held at the end of the forward pass, above what was held before: glibc's malloc counts them, on a GPU torch's allocator.</param>
/// <param name="PeakBytes">Most held during a step, above what was held before; null on the CPU.</param>
/// <param name="GemmPeakGflops">Of a product of two matrices in that process, 2048 × 2048, on a GPU 8192 × 8192.</param>
public sealed record PeerStep(string Torch, double Seconds, long ActivationBytes, long? PeakBytes, double GemmPeakGflops)
{
    private static readonly Lazy<string?> Python = new(FindPython);

    /// <summary>Runs the cases on a GPU; none, with a reason on <paramref name="output"/>, where there is no such Python.</summary>
    public static IReadOnlyList<PeerStep> OnGpu(string root, IEnumerable<StepCase> cases, int steps, TextWriter output) => Run(output,
    [
        Path.Combine(root, "experiments", "bench", "peer_transformers.py"), "--steps", Text(steps), "--warmup", "1",
        .. cases.Select(@case => FormattableString.Invariant($"{@case.Model}:{@case.Batch}:{@case.Seq}:{@case.FreezePrefix}:{(@case.Kernels.FusedAttention ? "sdpa" : "eager")}")),
    ]);

    /// <summary>Runs a case on the CPU; null, with a reason on <paramref name="output"/>, where there is no such Python.</summary>
    public static PeerStep? OnCpu(string root, StepCase @case, int threads, int steps, TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(@case);
        return Run(output,
        [
            Path.Combine(root, "experiments", "bench", "peer_step.py"), "--model", @case.Model, "--batch", Text(@case.Batch), "--seq", Text(@case.Seq), "--freeze-prefix", Text(@case.FreezePrefix),
            "--threads", Text(threads), "--steps", Text(steps), "--warmup", "1",
        ]).FirstOrDefault();
    }

    private static PeerStep[] Run(TextWriter output, string[] arguments)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (Python.Value is { } python)
            return [.. Output(python, arguments).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Parse)];
        output.WriteLine("No python3 with torch here: nothing to compare with (Debian: apt-get install python3-torch).");
        return [];
    }

    private static PeerStep Parse(string line)
    {
        using JsonDocument json = JsonDocument.Parse(line);
        JsonElement result = json.RootElement;
        return new PeerStep(result.GetProperty("peer").GetString()!, result.GetProperty("min_s").GetDouble(), result.GetProperty("activation_bytes").GetInt64(),
            result.TryGetProperty("peak_bytes", out JsonElement most) ? most.GetInt64() : null, result.GetProperty("gemm_peak_gflops").GetDouble());
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    // Debian's own may stand behind another python3 that lacks its packages.
    private static string? FindPython() => new[] { "python3", "/usr/bin/python3" }.FirstOrDefault(python =>
    {
        try
        {
            Output(python, ["-c", "import torch"]);
            return true;
        }
        catch (Exception missing) when (missing is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return false;
        }
    });

    private static string Output(string program, IEnumerable<string> arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? text : throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {errors.Result.Trim()}");
    }
}
