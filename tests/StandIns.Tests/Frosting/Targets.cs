// Internal, so that a host whose entry assembly this is does not find them by itself.
using Cake.Core;
using Cake.Frosting;

namespace StandIns.Tests.Frosting;

/// <summary>Notes its class's name.</summary>
internal abstract class NotingTask : FrostingTask<TestContext>
{
    public override void Run(TestContext context) => context.Notes.Add(GetType().Name);
}

[TaskDescription("Fetches what is needed")]
internal sealed class Fetch : NotingTask;

[IsDependentOn(typeof(Fetch))]
internal sealed class Compile : NotingTask;

[TaskName("Default")]
[IsDependentOn(typeof(Compile))]
internal sealed class Everything : NotingTask;

internal sealed class EndsWithThree : FrostingTask<TestContext>
{
    public override void Run(TestContext context) => throw new CakeException(3, "worse than before");
}

internal sealed class Fails : FrostingTask<TestContext>
{
    public override void Run(TestContext context) => throw new InvalidOperationException("broken");
}

internal sealed class Arguments : FrostingTask<TestContext>
{
    public override void Run(TestContext context)
    {
        foreach (var (name, values) in context.Arguments.GetArguments())
        {
            context.Notes.Add($"{name}={string.Join('|', values)}");
        }
    }
}

internal sealed class Folder : FrostingTask<TestContext>
{
    public override void Run(TestContext context) => context.Notes.Add(context.Environment.WorkingDirectory.FullPath);
}
