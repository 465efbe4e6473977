using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace SafeTune.Cli;

/// <summary>The usual help, with examples at its end.</summary>
internal static class Help
{
    /// <summary>Gives a command examples; they are shown with its help.</summary>
    public static T WithExamples<T>(this T command, params string[] examples) where T : Command
    {
        Examples.Add(command, examples);
        return command;
    }

    private static System.Runtime.CompilerServices.ConditionalWeakTable<Command, string[]> Examples { get; } = [];

    /// <summary>Replaces the help of <paramref name="root"/> and of everything below it.</summary>
    public static void Install(RootCommand root, params string[] examples)
    {
        Examples.Add(root, examples);
        foreach (var option in root.Options.OfType<HelpOption>()) option.Action = new WithExamplesAction((HelpAction)option.Action!);
    }

    private sealed class WithExamplesAction(HelpAction usual) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            var code = usual.Invoke(parseResult);
            if (!Examples.TryGetValue(parseResult.CommandResult.Command, out var examples)) return code;
            var output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Examples:");
            foreach (var example in examples) output.WriteLine($"  {example}");
            output.WriteLine();
            return code;
        }
    }
}
