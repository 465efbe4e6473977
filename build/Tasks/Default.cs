using Cake.Frosting;

namespace Build.Tasks;

/// <summary>The manual: generated from the targets and arguments there are.</summary>
[TaskName("Default")]
[TaskDescription("Lists the targets and their arguments")]
public sealed class Default : BuildTask
{
    /// <inheritdoc/>
    protected override void Do(BuildContext context)
    {
        Console.WriteLine("Usage: dotnet cake --target=NAME [arguments]   (on a bare machine: ./build.sh --target=NAME [arguments])");
        Console.WriteLine();
        Console.WriteLine("Targets:");
        foreach (var target in Target.All)
        {
            Console.WriteLine($"  {target.Name,-22}{target.Description}");
        }

        Console.WriteLine();
        Console.WriteLine("Arguments of the tables:");
        foreach (var argument in BuildArguments.All)
        {
            Console.WriteLine($"  {argument.Written,-22}{argument.Description}");
        }

        Console.WriteLine();
        Console.WriteLine("Of every target: --dryrun (order only), --exclusive (without dependencies), --tree, --description, --verbosity=quiet");
        Console.WriteLine();
        Console.WriteLine("Example: dotnet cake --target=Table1 --scale=mini --hub=../shared/hub --rows=lora,safe --columns=mrpc --seeds=1");
    }
}
