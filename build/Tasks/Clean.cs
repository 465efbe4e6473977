using Cake.Frosting;

namespace Build.Tasks;

/// <summary>Results and finished cells stay: they cost hours, a build costs a minute.</summary>
[TaskName("Clean")]
[TaskDescription("Deletes what building and testing left in artifacts/; runs and results stay")]
public sealed class Clean : BuildTask
{
    private static readonly string[] Kept = ["runs", "stack.props", "tools.stamp"];

    /// <inheritdoc/>
    protected override void Do(BuildContext context)
    {
        var artifacts = new DirectoryInfo(Path.Combine(context.Root, "artifacts"));
        if (!artifacts.Exists)
        {
            return;
        }

        foreach (var folder in artifacts.EnumerateDirectories().Where(folder => !Kept.Contains(folder.Name)))
        {
            folder.Delete(recursive: true);
            Console.WriteLine($"deleted artifacts/{folder.Name}/");
        }

        foreach (var file in artifacts.EnumerateFiles().Where(file => !Kept.Contains(file.Name)))
        {
            file.Delete();
            Console.WriteLine($"deleted artifacts/{file.Name}");
        }
    }
}
