using System.CommandLine;
using System.CommandLine.Parsing;

namespace SafeTune.Cli;

/// <summary>Says in one sentence what is wrong with a command line.</summary>
internal static class Mistake
{
    public static string Of(ParseResult parsed)
    {
        var result = parsed.CommandResult;
        var command = result.Command;
        var path = Path(result);
        string[] commands = [.. command.Subcommands.Select(sub => sub.Name)];
        // A misspelt name comes first: what else is wrong usually follows from it.
        if (parsed.UnmatchedTokens is [var unknown, ..])
        {
            string[] options = [.. Options(result)];
            return unknown.StartsWith('-')
                ? $"'{path}' has no option '{Name(unknown)}'.{Nearest.Hint(Name(unknown), options)} See '{path} --help'."
                : commands.Length > 0
                    ? $"'{path}' has no command '{unknown}'; it has {string.Join(", ", commands)}.{Nearest.Hint(unknown, commands)}"
                    : $"'{path}' takes no argument '{unknown}'. See '{path} --help'.";
        }

        var missing = command.Options.FirstOrDefault(option => option.Required && result.GetResult(option) is null or { Implicit: true, Tokens.Count: 0 } && option.Required);
        return commands.Length > 0 ? $"'{path}' needs a command: {string.Join(", ", commands)}. See '{path} --help'."
            : missing is not null ? $"'{path}' needs {missing.Name}: {FirstLower(missing.Description)}. See '{path} --help'."
            : parsed.Errors[0].Message;
    }

    private static string Name(string option) => option.Split('=')[0];

    private static IEnumerable<string> Options(SymbolResult? result)
    {
        for (; result is CommandResult command; result = command.Parent)
        {
            foreach (var option in command.Command.Options.Where(option => !option.Hidden)) yield return option.Name;
        }
    }

    private static string Path(CommandResult result) => result.Parent is CommandResult parent ? $"{Path(parent)} {result.Command.Name}" : "safetune";

    private static string FirstLower(string? text) => text is { Length: > 0 } ? char.ToLowerInvariant(text[0]) + text[1..].TrimEnd('.') : "it";
}
