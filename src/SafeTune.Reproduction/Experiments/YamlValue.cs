using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace SafeTune.Reproduction.Experiments;

/// <summary>A value of a YAML file that remembers its line, so that every complaint can say where to look.</summary>
internal sealed class YamlValue
{
    public required string File { get; init; }
    public required long Line { get; init; }
    public string? Scalar { get; private init; }
    public IReadOnlyList<YamlValue>? Items { get; private init; }
    public IReadOnlyList<KeyValuePair<string, YamlValue>>? Fields { get; private init; }

    /// <exception cref="UsageException">The file is missing, empty or not YAML.</exception>
    public static YamlValue Load(string file)
    {
        if (!System.IO.File.Exists(file))
            throw new UsageException($"{file}: no such experiment file; expected one like experiments/table1.yaml.");
        var stream = new YamlStream();
        try
        {
            using var reader = new StreamReader(file);
            stream.Load(reader);
        }
        catch (YamlException broken)
        {
            throw new UsageException($"{file}:{broken.Start.Line}: not valid YAML: {broken.Message}", broken);
        }
        catch (InvalidOperationException broken)
        {
            // What YamlDotNet throws when the file ends inside a bracket.
            throw new UsageException($"{file}: not valid YAML: a bracket, brace or quote is opened and not closed.", broken);
        }
        return stream.Documents.Count == 0
            ? throw new UsageException($"{file}: the file is empty; expected title, model, rows, columns and seeds.")
            : From(file, stream.Documents[0].RootNode);
    }

    /// <summary>The base with the overlay's fields put over it, mapping by mapping; lists and scalars are replaced whole.</summary>
    public static YamlValue Merge(YamlValue below, YamlValue above)
    {
        if (below.Fields is null || above.Fields is null)
            return above;
        var merged = below.Fields.ToList();
        foreach (var (key, value) in above.Fields)
        {
            int at = merged.FindIndex(field => field.Key == key);
            if (at < 0)
                merged.Add(new(key, value));
            else
                merged[at] = new(key, Merge(merged[at].Value, value));
        }
        return new YamlValue { File = above.File, Line = above.Line, Fields = merged };
    }

    public YamlValue Without(string key) =>
        new() { File = File, Line = Line, Fields = [.. Mapping("the file").Where(field => field.Key != key)] };

    public YamlValue With(string key, string value) =>
        new() { File = File, Line = Line, Fields = [.. Mapping("the file").Where(field => field.Key != key), new(key, new YamlValue { File = File, Line = Line, Scalar = value })] };

    public YamlValue? Find(string key) => Fields?.FirstOrDefault(field => field.Key == key).Value;

    public YamlValue Require(string key, string owner) =>
        Find(key) ?? throw Complaint($"{owner} has no '{key}'; add one.");

    public UsageException Complaint(string sentence) => new($"{File}:{Line}: {sentence}");

    /// <summary>Refuses every key that is not among the known ones, with the nearest of them.</summary>
    public void Only(string owner, IReadOnlyCollection<string> known)
    {
        foreach (var (key, value) in Mapping(owner))
        {
            if (!known.Contains(key))
                throw value.Complaint($"unknown key '{key}' in {owner}.{Nearest.Hint(key, known)} It may have: {string.Join(", ", known)}.");
        }
    }

    public IReadOnlyList<KeyValuePair<string, YamlValue>> Mapping(string owner) =>
        Fields ?? throw Complaint($"{owner} should be a mapping (key: value).");

    public string Text(string owner) => Scalar ?? throw Complaint($"{owner} should be a single value.");

    public IReadOnlyList<YamlValue> List(string owner) =>
        Items ?? throw Complaint($"{owner} should be a list, [a, b] or one '- item' a line.");

    public IReadOnlyList<string> Words(string owner) => [.. List(owner).Select(item => item.Text(owner))];

    public double Number(string owner, double least = double.NegativeInfinity, double most = double.PositiveInfinity)
    {
        string text = Text(owner);
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) || !double.IsFinite(number))
            throw Complaint($"{owner} should be a number, found '{text}'.");
        return number >= least && number <= most
            ? number
            : throw Complaint(string.Create(CultureInfo.InvariantCulture, $"{owner} should lie between {least} and {most}, found {number}."));
    }

    public int Integer(string owner, int least)
    {
        string text = Text(owner);
        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number))
            throw Complaint($"{owner} should be a whole number, found '{text}'.");
        return number >= least ? number : throw Complaint($"{owner} should be at least {least}, found {number}.");
    }

    public bool Flag(string owner) => Text(owner) switch
    {
        "true" => true,
        "false" => false,
        var other => throw Complaint($"{owner} should be true or false, found '{other}'."),
    };

    private static YamlValue From(string file, YamlNode node) => node switch
    {
        YamlScalarNode scalar => new() { File = file, Line = scalar.Start.Line, Scalar = scalar.Value ?? "" },
        YamlSequenceNode sequence => new() { File = file, Line = sequence.Start.Line, Items = [.. sequence.Children.Select(child => From(file, child))] },
        YamlMappingNode mapping => new() { File = file, Line = mapping.Start.Line, Fields = [.. mapping.Children.Select(child => Field(file, child))] },
        _ => throw new UsageException($"{file}:{node.Start.Line}: unexpected kind of YAML node."),
    };

    private static KeyValuePair<string, YamlValue> Field(string file, KeyValuePair<YamlNode, YamlNode> child)
    {
        if (child.Key is not YamlScalarNode { Value: { } key })
            throw new UsageException($"{file}:{child.Key.Start.Line}: a key should be a single word.");
        YamlValue value = From(file, child.Value);
        return new(key, new() { File = file, Line = child.Key.Start.Line, Scalar = value.Scalar, Items = value.Items, Fields = value.Fields });
    }
}
