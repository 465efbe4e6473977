using System.Globalization;
using SafeTune.Reproduction.Results;

namespace SafeTune.Reproduction.Reports;

/// <summary>How a report writes its numbers. What is not there is an empty cell.</summary>
internal static class Words
{
    public static string Number(double? value, string format = "0.00") => value?.ToString(format, CultureInfo.InvariantCulture) ?? "";

    public static string Signed(double? value) => value?.ToString("+0.00;−0.00;0.00", CultureInfo.InvariantCulture) ?? "";

    public static string Score(Spread? spread, string format = "0.00") => spread switch
    {
        null => "",
        { Deviation: { } deviation } => $"{Number(spread.Mean, format)} ± {Number(deviation, format)}",
        _ => Number(spread.Mean, format),
    };

    /// <summary>Megabytes (10^6).</summary>
    public static string Megabytes(double? bytes) => Number(bytes / 1e6, "0.0");

    /// <summary>Kilobytes (10^3).</summary>
    public static string Kilobytes(double? bytes) => Number(bytes / 1e3, "0.0");

    public static string Teraflops(double? flops) => Number(flops / 1e12, "0.00");

    public static string Percent(double? share) => share is null ? "" : Number(100 * share, "0") + " %";

    /// <summary>A part of a method's label as its authors write it.</summary>
    public static string Method(string part) => part switch
    {
        "lora" => "LoRA",
        "adalora" => "AdaLoRA",
        "bitfit" => "BitFit",
        "safe" => "SAFE",
        "adapterdrop" => "AdapterDrop",
        "sparseadapter" => "SparseAdapter",
        "loraprune" => "LoRAPrune",
        "meft" => "MEFT",
        "slimfit" => "SlimFit",
        _ => char.ToUpperInvariant(part[0]) + part[1..],
    };

    /// <summary>A method's label for a drawing: LoRA+SAFE.</summary>
    public static string Label(string method) => string.Join('+', method.Split('+').Select(Method));

    /// <summary>Seconds as a person says them: 45 s, 12 min, 3.4 h.</summary>
    public static string Time(double seconds) =>
        seconds < 100 ? Number(seconds, "0") + " s" : seconds < 6000 ? Number(seconds / 60, "0") + " min" : Number(seconds / 3600, "0.0") + " h";

    /// <summary>8,000 of 67,349; one number where nothing is left out.</summary>
    public static string Rows(int? used, int? published) => used is { } rows && published is { } all && rows < all
        ? string.Create(CultureInfo.InvariantCulture, $"{rows:N0} of {all:N0}")
        : Number(used, "N0");

    public static string Bullets(IEnumerable<string> lines) => string.Join('\n', lines.Select(line => $"- {line}"));

    public static string Count(int count, string one, string many) => string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? one : many)}");
}
