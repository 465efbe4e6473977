using Cake.Frosting;

namespace Build.Tasks;

/// <summary>The small models of the scale smoke, which lie in the repository: this is how they were made.</summary>
[TaskName("Pretrain")]
[TaskDescription("Pre-trains the models of the scale smoke from random weights; writes experiments/smoke/models/, and what that is worth; --models, --hub, --force")]
public sealed class Pretrain : BuildTask
{
    /// <inheritdoc/>
    protected override void Do(BuildContext context) =>
        context.Require(context.Pretrain(), "stopped");
}
