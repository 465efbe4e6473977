namespace SafeTune.Reproduction.World.Images.Drawing;

/// <summary>Letters and digits as strokes on 5 columns and 7 rows.</summary>
internal static class Glyphs
{
    // Points are a column and a row; a comma lifts the pen.
    private static readonly Dictionary<char, string> Strokes = new()
    {
        ['A'] = "06 20 46,14 34", ['B'] = "00 06 36 45 44 33 03,33 42 41 30 00", ['C'] = "41 30 10 01 05 16 36 45", ['D'] = "00 06 26 44 42 20 00",
        ['E'] = "40 00 06 46,03 33", ['F'] = "40 00 06,03 33", ['G'] = "41 30 10 01 05 16 36 45 43 23", ['H'] = "00 06,40 46,03 43",
        ['J'] = "40 45 36 16 05", ['K'] = "00 06,40 03 46", ['L'] = "00 06 46", ['M'] = "06 00 23 40 46", ['N'] = "06 00 46 40",
        ['P'] = "00 06,00 30 41 42 33 03", ['R'] = "06 00 30 41 42 33 03,23 46", ['S'] = "41 30 10 01 02 13 33 44 45 36 16 05", ['T'] = "00 40,20 26",
        ['U'] = "00 05 16 36 45 40", ['V'] = "00 26 40", ['W'] = "00 16 23 36 40", ['X'] = "00 46,40 06", ['Y'] = "00 23 40,23 26",
        ['Z'] = "00 40 06 46", ['2'] = "01 10 30 41 42 06 46", ['3'] = "01 10 30 41 42 33 13,33 44 45 36 16 05", ['4'] = "36 30 04 44",
        ['5'] = "40 00 03 33 44 45 36 06", ['7'] = "00 40 16", ['8'] = "10 01 02 13 33 42 41 30 10,13 04 05 16 36 45 44 33",
        ['9'] = "43 13 02 01 10 30 41 43 36 16",
    };

    /// <summary>All of them.</summary>
    public static IEnumerable<char> All => Strokes.Keys.Order();

    /// <summary>Draws one, as high as the figure.</summary>
    public static void Draw(Scene scene, char glyph, int thickness)
    {
        foreach (string stroke in Strokes[glyph].Split(','))
        {
            Point[] points = [.. stroke.Split(' ').Select(point => new Point((point[0] - '2') * 33, (point[1] - '3') * 30))];
            scene.Line(scene.Ink, thickness, points);
        }
    }
}
