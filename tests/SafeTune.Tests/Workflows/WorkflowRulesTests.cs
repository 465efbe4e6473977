using SafeTune.Tests.Workflows.Running;

namespace SafeTune.Tests.Workflows;

/// <summary>The rules hold, and each of them notices when it is broken.</summary>
public sealed class WorkflowRulesTests
{
    private const string Sound = """
        on: pull_request
        permissions: {}
        concurrency: all
        jobs:
          test:
            runs-on: ubuntu-24.04
            timeout-minutes: 5
            permissions:
              contents: read
            steps:
              - uses: actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2
                with:
                  persist-credentials: false
              - run: echo "$TITLE"
        """;

    [Fact]
    public void No_workflow_breaks_a_rule()
    {
        var breaches = Workflow.All.SelectMany(workflow => WorkflowRules.Breaches(workflow).Select(breach => $"{workflow.File}: {breach}")).ToArray();
        Assert.True(breaches.Length == 0, string.Join('\n', breaches));
    }

    [Fact]
    public void All_workflows_are_there() =>
        Assert.Equal(["ci.yml", "regression-comment.yml", "regression.yml", "release.yml", "reproduce.yml"], Workflow.All.Select(workflow => workflow.File));

    [Fact]
    public void Equal_actions_have_equal_pins()
    {
        var pins = Workflow.All.SelectMany(workflow => workflow.Jobs).SelectMany(job => job.Steps).Where(step => step.Uses is not null).Select(step => step.Uses!).Distinct();
        Assert.All(pins.GroupBy(uses => uses.Split('@')[0]), uses => Assert.Single(uses));
    }

    [Fact]
    public void A_sound_workflow_breaks_none() => Assert.Empty(Breaches(Sound));

    [Theory]
    [InlineData("permissions: {}", "permissions: read-all", "permissions: {}")]
    [InlineData("concurrency: all", "name: x", "no concurrency")]
    [InlineData("on: pull_request", "on: pull_request_target", "pull_request_target")]
    [InlineData("on: pull_request", "on: [push, pull_request_target]", "pull_request_target")]
    [InlineData("@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2", "@v6", "not pinned")]
    [InlineData(" # v6.0.2", "", "not pinned")]
    [InlineData("contents: read", "contents: write", "test has contents: write")]
    [InlineData("    permissions:\n      contents: read\n", "", "does not name its permissions")]
    [InlineData("runs-on: ubuntu-24.04", "runs-on: [self-hosted, gpu]", "self-hosted, and something other")]
    [InlineData("timeout-minutes: 5", "name: x", "timeout-minutes")]
    [InlineData("echo \"$TITLE\"", "echo ${{ github.event.pull_request.title }}", "an expression in the script")]
    [InlineData("persist-credentials: false", "fetch-depth: 0", "leaves the token behind")]
    public void A_broken_rule_is_noticed(string sound, string broken, string breach)
    {
        Assert.Contains(sound, Sound, StringComparison.Ordinal);
        Assert.Contains(Breaches(Sound.Replace(sound, broken, StringComparison.Ordinal)), found => found.Contains(breach, StringComparison.Ordinal));
    }

    private static IEnumerable<string> Breaches(string source) => WorkflowRules.Breaches(Workflow.Parse("any.yml", source));
}
