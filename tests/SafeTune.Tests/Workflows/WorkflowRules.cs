using System.Text.RegularExpressions;
using SafeTune.Tests.Workflows.Running;
using YamlDotNet.RepresentationModel;

namespace SafeTune.Tests.Workflows;

/// <summary>What keeps a workflow from being turned against the repository.</summary>
internal static partial class WorkflowRules
{
    // Everything that anything here may write, and why it has to.
    private static readonly HashSet<string> _mayWrite =
    [
        // The comment on a pull request.
        "regression-comment.yml post pull-requests",
        // The issue about a result that does not hold.
        "reproduce.yml issue issues",
        // The attestation, the GitHub release and the exchange with nuget.org.
        "release.yml attest attestations", "release.yml attest id-token", "release.yml release contents", "release.yml publish id-token",
    ];

    /// <summary>A sentence for each breach, none when all is well.</summary>
    public static IEnumerable<string> Breaches(Workflow workflow) =>
        OfTheWhole(workflow).Concat(workflow.Jobs.SelectMany(job => OfAJob(workflow, job).Concat(job.Steps.SelectMany(step => OfAStep(job, step)))));

    private static IEnumerable<string> OfTheWhole(Workflow workflow)
    {
        if (Workflow.Child(workflow.Node, "permissions") is not YamlMappingNode { Children.Count: 0 })
            yield return "the top does not say permissions: {}";
        if (Workflow.Child(workflow.Node, "concurrency") is null)
            yield return "no concurrency";
        if (workflow.Events.Contains("pull_request_target"))
            yield return "pull_request_target";
        foreach (Match uses in Uses().Matches(workflow.Source))
        {
            if (!Pinned().IsMatch(uses.Value))
                yield return $"not pinned by commit, with its version as a comment: {uses.Value.Trim()}";
        }
    }

    private static IEnumerable<string> OfAJob(Workflow workflow, Job job)
    {
        if (job.Permissions is not YamlMappingNode permissions)
        {
            yield return $"{job.Id} does not name its permissions";
            yield break;
        }

        foreach (var (scope, access) in permissions.Children)
        {
            if (access.ToString() != "read" && !_mayWrite.Contains($"{workflow.File} {job.Id} {scope}"))
                yield return $"{job.Id} has {scope}: {access}";
        }

        if (job.RunsOn.Contains("self-hosted"))
        {
            if (!workflow.Events.Order(StringComparer.Ordinal).SequenceEqual(["schedule", "workflow_dispatch"]))
                yield return $"{job.Id} is self-hosted, and something other than the schedule or a maintainer starts it";
            if (Workflow.Child(job.Node, "environment") is null)
                yield return $"{job.Id} is self-hosted without an environment";
        }

        if (Workflow.Text(job.Node, "timeout-minutes") is null)
            yield return $"{job.Id} has no timeout-minutes";
    }

    private static IEnumerable<string> OfAStep(Job job, Step step)
    {
        if (step.Run?.Contains("${{", StringComparison.Ordinal) == true)
            yield return $"{job.Id}, {step.Name}: an expression in the script; hand it over in env";
        if (step.Action == "actions/checkout" && step.With.GetValueOrDefault("persist-credentials") != "false")
            yield return $"{job.Id}: checkout leaves the token behind";
        if (step.Action == "actions/checkout" && step.With.ContainsKey("ref") && Workflow.Child((YamlMappingNode)job.Permissions!, "contents")?.ToString() != "read")
            yield return $"{job.Id}: checks out another ref with more than read access";
    }

    [GeneratedRegex("^.*\\buses:.*$", RegexOptions.Multiline)]
    private static partial Regex Uses();

    [GeneratedRegex("^ *(- )?uses: [A-Za-z-]+/[a-z-]+@[0-9a-f]{40} # v[0-9]+\\.[0-9]+\\.[0-9]+$")]
    private static partial Regex Pinned();
}
