using System.Text.Json;

namespace SafeTune.Cli;

/// <summary>JSON for programs: snake_case names, one document a command.</summary>
internal static class Json
{
    public static JsonSerializerOptions Line { get; } = Make(indented: false);

    public static JsonSerializerOptions Document { get; } = Make(indented: true);

    public static void WriteJson(this TextWriter output, object value, bool onOneLine = false) =>
        output.WriteLine(JsonSerializer.Serialize(value, onOneLine ? Line : Document));

    private static JsonSerializerOptions Make(bool indented) => new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new UndefinedAsNull() },
        WriteIndented = indented,
    };
}
