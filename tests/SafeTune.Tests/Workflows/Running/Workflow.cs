using YamlDotNet.RepresentationModel;

namespace SafeTune.Tests.Workflows.Running;

/// <summary>A step of a job.</summary>
internal sealed record Step(YamlMappingNode Node)
{
    public string? Id => Workflow.Text(Node, "id");
    public string? If => Workflow.Text(Node, "if");
    public string? Uses => Workflow.Text(Node, "uses");
    public string? Run => Workflow.Text(Node, "run");
    public string Name => Workflow.Text(Node, "name") ?? Uses ?? "run";
    public bool MayFail => Workflow.Text(Node, "continue-on-error") == "true";

    /// <summary>Without its version.</summary>
    public string? Action => Uses?.Split('@')[0];
    public IReadOnlyDictionary<string, string> With => Workflow.Map(Node, "with");
    public IReadOnlyDictionary<string, string> Environment => Workflow.Map(Node, "env");
}

/// <summary>A job of a workflow.</summary>
internal sealed record Job(string Id, YamlMappingNode Node)
{
    public string? If => Workflow.Text(Node, "if");
    public YamlNode? Permissions => Workflow.Child(Node, "permissions");
    public IReadOnlyDictionary<string, string> Outputs => Workflow.Map(Node, "outputs");
    public IReadOnlyDictionary<string, string> Environment => Workflow.Map(Node, "env");
    public IEnumerable<string> RunsOn => Workflow.Child(Node, "runs-on") is YamlSequenceNode labels
        ? labels.Select(label => label.ToString()) : [Workflow.Text(Node, "runs-on") ?? ""];
    public IEnumerable<Step> Steps => ((YamlSequenceNode)Node["steps"]).Select(step => new Step((YamlMappingNode)step));
}

/// <summary>A file of .github/workflows.</summary>
internal sealed record Workflow(string File, string Source, YamlMappingNode Node)
{
    public static string Folder { get; } = Path.Combine(Golden.Root, ".github", "workflows");

    public IEnumerable<Job> Jobs => ((YamlMappingNode)Node["jobs"]).Children.Select(job => new Job(job.Key.ToString(), (YamlMappingNode)job.Value));
    public IReadOnlyDictionary<string, string> Environment => Map(Node, "env");

    /// <summary>The names of the events that start it.</summary>
    public IEnumerable<string> Events => Child(Node, "on") switch
    {
        YamlMappingNode events => events.Children.Keys.Select(name => name.ToString()),
        YamlSequenceNode events => events.Select(name => name.ToString()),
        var name => [name?.ToString() ?? ""],
    };

    public static IEnumerable<Workflow> All => Directory.EnumerateFiles(Folder).Order(StringComparer.Ordinal).Select(file => Parse(Path.GetFileName(file), System.IO.File.ReadAllText(file)));

    public static Workflow Load(string name) => All.Single(workflow => workflow.File == name + ".yml");

    public static Workflow Parse(string file, string source)
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(source));
        return new Workflow(file, source, (YamlMappingNode)yaml.Documents[0].RootNode);
    }

    public static YamlNode? Child(YamlMappingNode node, string name) => node.Children.TryGetValue(name, out var child) ? child : null;

    public static string? Text(YamlMappingNode node, string name) => (Child(node, name) as YamlScalarNode)?.Value;

    public static IReadOnlyDictionary<string, string> Map(YamlMappingNode node, string name) => Child(node, name) is YamlMappingNode map
        ? map.Children.ToDictionary(entry => entry.Key.ToString(), entry => ((YamlScalarNode)entry.Value).Value ?? "") : [];
}
