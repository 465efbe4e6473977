using System.Diagnostics;
using System.Globalization;

namespace SafeTune.Metrics.Text;

/// <summary>METEOR's own program, spoken to through its standard streams as pycocoevalcap does.</summary>
internal sealed class MeteorJar(string java, string jar)
{
    /// <summary>The jar with the java that runs it; null when no java is installed.</summary>
    /// <exception cref="UsageException">There is no such jar.</exception>
    public static MeteorJar? Find(string jar)
    {
        if (!File.Exists(jar))
            throw new UsageException($"There is no METEOR jar '{jar}'; set METEOR_JAR to the path of meteor-1.5.jar, or unset it for an approximate METEOR.");
        var java = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .SelectMany(folder => new[] { Path.Combine(folder, "java"), Path.Combine(folder, "java.exe") }).FirstOrDefault(File.Exists);
        return java is null ? null : new MeteorJar(java, Path.GetFullPath(jar));
    }

    /// <exception cref="UsageException">The program ends, or answers something that is no score.</exception>
    public double Score(IReadOnlyList<(string Hypothesis, IReadOnlyList<string> References)> items)
    {
        // Numbers with a decimal comma would break the jar's own protocol.
        using var process = Process.Start(new ProcessStartInfo(java, ["-Duser.language=en", "-Dfile.encoding=UTF-8", "-Xmx2G", "-jar", jar, "-", "-", "-stdio", "-l", "en", "-norm"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new System.Text.UTF8Encoding(false),
            StandardOutputEncoding = System.Text.Encoding.UTF8,
            WorkingDirectory = Path.GetDirectoryName(jar),
        })!;
        try
        {
            // Unread, its error stream would fill and block it.
            process.ErrorDataReceived += (_, _) => { };
            process.BeginErrorReadLine();
            return Talk(process, items);
        }
        catch (IOException broken)
        {
            throw new UsageException($"'{jar}' ended before it had scored the texts: {broken.Message}; check that METEOR_JAR is meteor-1.5.jar with its data folder beside it.", broken);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
        }
    }

    private double Talk(Process process, IReadOnlyList<(string Hypothesis, IReadOnlyList<string> References)> items)
    {
        // Statistics of each item first, the score of their sum last, after one score an item.
        var statistics = items.Select(item => Ask(process, "SCORE ||| " + string.Join(" ||| ", item.References.Append(item.Hypothesis).Select(text => text.Replace("|||", "", StringComparison.Ordinal))))).ToArray();
        process.StandardInput.Write("EVAL ||| " + string.Join(" ||| ", statistics) + "\n");
        process.StandardInput.Flush();
        for (var i = 0; i < items.Count; i++)
            Number(Line(process));
        return Number(Line(process));
    }

    private string Ask(Process process, string question)
    {
        process.StandardInput.Write(question + "\n");
        process.StandardInput.Flush();
        return Line(process);
    }

    private string Line(Process process) =>
        process.StandardOutput.ReadLine()?.Trim() ?? throw new UsageException($"'{jar}' ended before it had scored the texts; check that METEOR_JAR is meteor-1.5.jar with its data folder beside it, and that java runs it.");

    private double Number(string line) => double.TryParse(line, NumberStyles.Float, CultureInfo.InvariantCulture, out var score)
        ? score
        : throw new UsageException($"'{jar}' answered '{line}' instead of a score; check that METEOR_JAR is meteor-1.5.jar.");
}
