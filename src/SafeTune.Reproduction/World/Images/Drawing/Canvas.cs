using SafeTune.Images;

namespace SafeTune.Reproduction.World.Images.Drawing;

/// <summary>Pixels to paint on, each of 2 × 2 sub-pixels, so that edges are smooth.</summary>
internal sealed class Canvas(int width, int height)
{
    /// <summary>Sub-pixels of a pixel's side.</summary>
    public const int Fine = 2;

    /// <summary>Points are given in such parts of a sub-pixel.</summary>
    public const int Unit = 16;

    private readonly int columns = width * Fine, rows = height * Fine;
    private readonly Colour[] colours = new Colour[width * Fine * height * Fine];
    private readonly List<int> crossings = [];

    public int Width => width;

    public int Height => height;

    /// <summary>Paints everything.</summary>
    public void Cover(Paint paint)
    {
        for (int y = 0; y < rows; y++)
            Span(y, 0, columns, paint);
    }

    /// <summary>Paints the inside of a polygon; what is inside twice is outside.</summary>
    public void Fill(ReadOnlySpan<Point> corners, Paint paint)
    {
        int top = int.MaxValue, bottom = int.MinValue;
        foreach (Point corner in corners)
            (top, bottom) = (Math.Min(top, corner.Y), Math.Max(bottom, corner.Y));
        for (int y = Math.Max(0, top / Unit - 1); y < Math.Min(rows, bottom / Unit + 1); y++)
        {
            int middle = y * Unit + Unit / 2;
            crossings.Clear();
            Point from = corners[^1];
            foreach (Point to in corners)
            {
                if (from.Y <= middle != to.Y <= middle)
                    crossings.Add(from.X + (to.X - from.X) * (middle - from.Y) / (to.Y - from.Y));
                from = to;
            }
            crossings.Sort();
            for (int i = 0; i + 1 < crossings.Count; i += 2)
                Span(y, Math.Max(0, Column(crossings[i])), Math.Min(columns, Column(crossings[i + 1])), paint);
        }
    }

    /// <summary>The image: sub-pixels averaged, and noise of up to ± <paramref name="noise"/> on every value.</summary>
    public RgbImage Image(Dice dice, int noise)
    {
        byte[] pixels = new byte[width * height * RgbImage.Channels];
        for (int y = 0, at = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                int corner = y * Fine * columns + x * Fine;
                var (a, b, c, d) = (colours[corner], colours[corner + 1], colours[corner + columns], colours[corner + columns + 1]);
                pixels[at++] = Noisy(a.Red + b.Red + c.Red + d.Red, dice, noise);
                pixels[at++] = Noisy(a.Green + b.Green + c.Green + d.Green, dice, noise);
                pixels[at++] = Noisy(a.Blue + b.Blue + c.Blue + d.Blue, dice, noise);
            }
        }
        return new RgbImage(height, width, pixels);
    }

    private static byte Noisy(int sum, Dice dice, int noise) => (byte)Math.Clamp((sum + 2) / 4 + (noise > 0 ? dice.Between(-noise, noise) : 0), 0, 255);

    // The first sub-pixel whose middle lies at or behind that point.
    private static int Column(int x) => (x + Unit / 2 - 1) >> 4;

    private void Span(int y, int from, int to, Paint paint)
    {
        if (paint.Texture == Texture.Plain && from < to)
        {
            colours.AsSpan(y * columns + from, to - from).Fill(paint.First);
            return;
        }
        for (int x = from; x < to; x++)
            colours[y * columns + x] = paint.At(x, y);
    }
}
