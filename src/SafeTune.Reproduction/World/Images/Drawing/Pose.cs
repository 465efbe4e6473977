namespace SafeTune.Reproduction.World.Images.Drawing;

/// <summary>A point of a figure, whose middle is (0, 0) and whose edges lie at ±100, or of a canvas.</summary>
internal readonly record struct Point(int X, int Y)
{
    public static implicit operator Point((int X, int Y) pair) => new(pair.X, pair.Y);
}

/// <summary>Where a figure lies on a canvas. All integers: the same pixels on every machine.</summary>
/// <param name="X">Its middle, in sixteenths of a sub-pixel.</param>
/// <param name="Y">As <paramref name="X"/>.</param>
/// <param name="Width">What 100 units of the figure become, in sixteenths of a sub-pixel; negative = mirrored.</param>
/// <param name="Height">As <paramref name="Width"/>.</param>
/// <param name="Degrees">Turned clockwise.</param>
internal readonly record struct Pose(int X, int Y, int Width, int Height, int Degrees)
{
    /// <summary>What sines and cosines are in units of.</summary>
    public const int One = 1024;

    /// <summary>The sine, of which <see cref="One"/> is 1, by Bhaskara's approximation; exact at multiples of 30 degrees.</summary>
    public static int Sine(int degrees)
    {
        int turned = ((degrees % 360) + 360) % 360;
        int half = turned % 180;
        int product = half * (180 - half);
        int sine = 4 * One * product / (40500 - product);
        return turned < 180 ? sine : -sine;
    }

    /// <summary>The cosine, likewise.</summary>
    public static int Cosine(int degrees) => Sine(degrees + 90);

    /// <summary>The point at that distance and angle from a middle.</summary>
    public static Point Around(Point middle, int radius, int degrees) =>
        new(middle.X + radius * Cosine(degrees) / One, middle.Y + radius * Sine(degrees) / One);

    /// <summary>The canvas's point.</summary>
    public Point Of(Point point)
    {
        int x = point.X * Width / 100, y = point.Y * Height / 100;
        return new(X + (x * Cosine(Degrees) - y * Sine(Degrees)) / One, Y + (x * Sine(Degrees) + y * Cosine(Degrees)) / One);
    }

    /// <summary>The pose of a part of the figure.</summary>
    /// <param name="middle">Of the part, in the figure's units.</param>
    /// <param name="percent">The part's size.</param>
    /// <param name="degrees">Turned further.</param>
    public Pose Part(Point middle, int percent, int degrees = 0)
    {
        (int x, int y) = Of(middle);
        return new(x, y, Width * percent / 100, Height * percent / 100, Degrees + degrees);
    }
}
