using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace SafeTune.Cli;

/// <summary>Makes options whose mistakes are told in our own words.</summary>
internal static class Opt
{
    public static Option<string?> Text(string name, string description, string help) => new(name) { Description = description, HelpName = help };

    public static Option<string> Required(string name, string description, string help) => new(name) { Description = description, HelpName = help, Required = true };

    public static Option<bool> Flag(string name, string description) => new(name) { Description = description };

    /// <summary>Names separated by commas.</summary>
    public static Option<string[]> List(string name, string description, string help) => new(name)
    {
        Description = description,
        HelpName = help,
        AllowMultipleArgumentsPerToken = true,
        CustomParser = result => [.. result.Tokens.SelectMany(token => token.Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))],
    };

    public static Option<int> Integer(string name, string description, int otherwise) => new(name)
    {
        Description = description,
        HelpName = "n",
        DefaultValueFactory = _ => otherwise,
        CustomParser = result => Parse<int>(result, name, "a whole number"),
    };

    public static Option<int?> OptionalInteger(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "n",
        CustomParser = result => Parse<int>(result, name, "a whole number"),
    };

    public static Option<double> Number(string name, string description, double otherwise) => new(name)
    {
        Description = description,
        HelpName = "x",
        DefaultValueFactory = _ => otherwise,
        CustomParser = result => Parse<double>(result, name, "a number"),
    };

    public static Option<double?> OptionalNumber(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "x",
        CustomParser = result => Parse<double>(result, name, "a number"),
    };

    private static T Parse<T>(ArgumentResult result, string name, string expected) where T : struct, INumber<T>
    {
        var text = result.Tokens[^1].Value;
        if (T.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && T.IsFinite(value)) return value;
        result.AddError($"{name} takes {expected}, not '{text}'.");
        return default;
    }
}
