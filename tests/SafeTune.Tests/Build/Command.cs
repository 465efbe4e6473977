using System.Diagnostics;

namespace SafeTune.Tests.Build;

/// <summary>What a program said and ended with.</summary>
/// <param name="Code">Its exit code.</param>
/// <param name="Output">Standard output and error.</param>
internal sealed record Command(int Code, string Output)
{
    /// <summary>Runs a program in the repository's root, or in <paramref name="folder"/>.</summary>
    public static Command Run(string program, IEnumerable<string> arguments, string? folder = null, params (string Name, string? Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder ?? Golden.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        start.Environment["NO_COLOR"] = "1";
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new Command(process.ExitCode, output + error.Result);
    }

    /// <summary>What these tests were built as: <c>release</c> or <c>debug</c>.</summary>
    public static string Configuration => Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));

    /// <summary>The build program, as this test's configuration built it.</summary>
    public static string BuildProgram => Path.Combine(Golden.Root, "artifacts", "bin", "Build", Configuration, "Build.dll");

    /// <summary>Runs the build program itself.</summary>
    public static Command Build(params string[] arguments) => Run("dotnet", [BuildProgram, .. arguments]);

    /// <summary>Lines of bash after the functions of build.sh, in a folder that has a copy of it.</summary>
    public static Command Bash(string script, string folder, params (string Name, string? Value)[] environment)
    {
        File.Copy(Path.Combine(Golden.Root, "build.sh"), Path.Combine(folder, "build.sh"), overwrite: true);
        return Run("/bin/bash", ["-c", $"source ./build.sh\n{script}"], folder, [("CakeFrostingSource", null), ("VerifyXunitSource", null), ("TorchPackage", null), .. environment]);
    }
}
