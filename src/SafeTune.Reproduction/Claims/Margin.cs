using System.Globalization;

namespace SafeTune.Reproduction.Claims;

/// <summary>Both sides of a claim in a unit that people read, and how far they lie apart: in percent of the right side where costs are compared, else as a number.</summary>
internal static class Margin
{
    public static string Of(Claim claim, double left, double right)
    {
        string unit = Unit(claim);
        double apart = claim.Margin(left, right);
        var (size, prefix) = unit is "B" or "FLOP" ? Prefix(Math.Max(Math.Abs(left), Math.Abs(right))) : (1, "");
        string format = unit.Length > 0 || Math.Abs(apart) >= 0.01 ? "#,0.##" : "#,0.####";
        string margin = unit.Length > 0 && right != 0 ? Number(100 * apart / Math.Abs(right), "0.##") + " %" : Number(apart, format);
        string sign = claim.Holds(left, right) ? claim.Sign : $"is not {claim.Sign}";
        return $"{Number(left / size, format)} {sign} {Number(right / size, format)}{(unit.Length > 0 ? $" {prefix}{unit}" : "")}, margin {margin}";
    }

    /// <summary>What all quantities of a claim are counted in; none where they are scores or counts, or where one is divided by another.</summary>
    private static string Unit(Claim claim)
    {
        string[] units = [.. claim.Quantities.Select(quantity => quantity.Name switch
        {
            "seconds" => "s",
            var name when name.EndsWith("_bytes", StringComparison.Ordinal) => "B",
            var name when name.StartsWith("flops", StringComparison.Ordinal) => "FLOP",
            _ => "",
        }).Distinct()];
        return units is [var only] && !claim.Text.Contains('/', StringComparison.Ordinal) ? only : "";
    }

    private static (double Size, string Prefix) Prefix(double number) => number switch
    {
        >= 1e12 => (1e12, "T"),
        >= 1e9 => (1e9, "G"),
        >= 1e6 => (1e6, "M"),
        >= 1e3 => (1e3, "k"),
        _ => (1, ""),
    };

    private static string Number(double number, string format) => number.ToString(format, CultureInfo.InvariantCulture);
}
