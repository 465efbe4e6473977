using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace SafeTune.Reproduction.Benching;

/// <summary>A training step of the same model as Hugging Face transformers and peft compute it (experiments/bench/peer_step.py), where a Python has torch.</summary>
/// <param name="Torch">Its version.</param>
/// <param name="Seconds">Of the fastest step.</param>
/// <param name="ActivationBytes">That glibc's malloc counts at the end of the forward pass, above what it counted before.</param>
/// <param name="GemmPeakGflops">Of a product of two 2048 × 2048 matrices in that process.</param>
public sealed record PeerStep(string Torch, double Seconds, long ActivationBytes, double GemmPeakGflops)
{
    private static readonly Lazy<string?> Python = new(FindPython);

    /// <summary>Runs it; null, with a reason on <paramref name="output"/>, where there is no such Python.</summary>
    public static PeerStep? Run(string root, StepCase @case, int threads, int steps, TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(@case);
        ArgumentNullException.ThrowIfNull(output);
        if (Python.Value is not { } python)
        {
            output.WriteLine("No python3 with torch here: nothing to compare with (Debian: apt-get install python3-torch).");
            return null;
        }

        string[] arguments =
        [
            Path.Combine(root, "experiments", "bench", "peer_step.py"), "--model", @case.Model, "--batch", Text(@case.Batch), "--seq", Text(@case.Seq), "--freeze-prefix", Text(@case.FreezePrefix),
            "--threads", Text(threads), "--steps", Text(steps), "--warmup", "1",
        ];
        using JsonDocument json = JsonDocument.Parse(Output(python, arguments));
        JsonElement result = json.RootElement;
        return new PeerStep(result.GetProperty("peer").GetString()!, result.GetProperty("min_s").GetDouble(), result.GetProperty("activation_bytes").GetInt64(), result.GetProperty("gemm_peak_gflops").GetDouble());
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
