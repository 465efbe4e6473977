using System.Globalization;
using System.Text.Json.Nodes;

namespace SafeTune.Adapters;

/// <summary>Numbers as Python writes them into JSON: a whole float is 1.0 and an integer 1, and readers that check types care.</summary>
internal static class PythonNumber
{
    /// <summary>A float's text.</summary>
    public static string Float(double value) => value.ToString(double.IsInteger(value) ? "0.0" : "R", CultureInfo.InvariantCulture);

    /// <summary>The text of a field that takes both: an integer where the value is one.</summary>
    public static string Number(double value) => value.ToString(double.IsInteger(value) ? "0" : "R", CultureInfo.InvariantCulture);

    /// <summary>A float that keeps its point, as the node itself would not.</summary>
    public static JsonNode Node(double value) => JsonNode.Parse(Float(value))!;
}
