// The entry of `dotnet cake`: builds build/ when something in it or below src/ is newer than its last build, and hands every argument on,
// Cake's own flags included (a dry run must stay one), together with the exit code. There are no tasks here: the targets are classes in build/Tasks.
using System.Diagnostics;
using System.Linq;
using System.Runtime.InteropServices;

var root = Context.Environment.WorkingDirectory.FullPath;
var program = System.IO.Path.Combine(root, "artifacts", "bin", "Build", "release", "Build.dll");
var stamp = System.IO.Path.Combine(root, "artifacts", "build.stamp");

// What else decides how the build comes out.
var settings = string.Join("\n", new[] { "CakeFrostingSource", "VerifyXunitSource", "TorchPackage" }.Select(name => $"{name}={System.Environment.GetEnvironmentVariable(name)}"));

bool UpToDate()
{
    if (!System.IO.File.Exists(program) || !System.IO.File.Exists(stamp) || System.IO.File.ReadAllText(stamp) != settings)
    {
        return false;
    }

    var built = System.IO.File.GetLastWriteTimeUtc(stamp);
    var folders = new[] { "build", "src" }.Select(folder => System.IO.Path.Combine(root, folder));
    var files = folders.SelectMany(folder => System.IO.Directory.EnumerateFileSystemEntries(folder, "*", System.IO.SearchOption.AllDirectories))
        .Concat(System.IO.Directory.EnumerateFiles(root, "Directory.*"))
        .Append(System.IO.Path.Combine(root, "artifacts", "stack.props"));
    return files.All(file => System.IO.File.GetLastWriteTimeUtc(file) <= built);
}

int Run(params string[] arguments)
{
    var start = new ProcessStartInfo("dotnet", arguments) { UseShellExecute = false };
    if (System.Console.IsOutputRedirected)
    {
        start.Environment["NO_COLOR"] = "1";
    }

    using var process = System.Diagnostics.Process.Start(start);

    // Ctrl-C reaches the whole process group; the build decides what it means and how long it needs. A plain kill reaches only us: pass it on.
    using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => signal.Cancel = true);
    using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
    {
        signal.Cancel = true;
        System.Diagnostics.Process.Start("kill", new[] { "-TERM", process.Id.ToString() }).WaitForExit();
    });
    process.WaitForExit();
    return process.ExitCode;
}

if (!UpToDate())
{
    System.Console.WriteLine("Building build/ and what it needs (first start, or something changed) ...");

    // Before the build: what changes while it runs counts as newer.
    var started = System.DateTime.UtcNow;
    var built = Run("msbuild", System.IO.Path.Combine(root, "build", "Build.csproj"), "-restore", "-p:Configuration=Release", "-v:quiet", "-nologo");
    if (built != 0)
    {
        System.Environment.Exit(built);
    }

    System.IO.File.WriteAllText(stamp, settings);
    System.IO.File.SetLastWriteTimeUtc(stamp, started);
}

// Only a script's name is Cake.Tool's and not the build's.
var arguments = System.Environment.GetCommandLineArgs().Skip(1).Where(argument => !argument.EndsWith(".cake"));
System.Environment.Exit(Run(arguments.Prepend(program).ToArray()));
