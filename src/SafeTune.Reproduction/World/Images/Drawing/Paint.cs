namespace SafeTune.Reproduction.World.Images.Drawing;

/// <summary>How an area is filled.</summary>
internal enum Texture
{
    Plain,
    Stripes,
    Checks,
    Dots,
    Grid,
    Waves,
    Zigzag,
    Rings,
    Bricks,
    Speckle,
    Gradient,
    Crosses,
}

/// <summary>A colour of three values from 0 to 255.</summary>
internal readonly record struct Colour(int Red, int Green, int Blue)
{
    /// <summary>A random hue of that lightness.</summary>
    public static Colour Random(Dice dice, int lightness, int chroma)
    {
        int red = dice.Between(-chroma, chroma), green = dice.Between(-chroma, chroma);
        return new(Clamp(lightness + red), Clamp(lightness + green), Clamp(lightness - (red + green) / 2));
    }

    /// <summary>Between two colours: 0 = the first, 256 = the second.</summary>
    public static Colour Mix(Colour first, Colour second, int share) => new(
        (first.Red * (256 - share) + second.Red * share) >> 8,
        (first.Green * (256 - share) + second.Green * share) >> 8,
        (first.Blue * (256 - share) + second.Blue * share) >> 8);

    private static int Clamp(int value) => Math.Clamp(value, 0, 255);
}

/// <summary>A texture of two colours.</summary>
/// <param name="Texture">The kind.</param>
/// <param name="First">The one colour, the only one of a plain paint.</param>
/// <param name="Second">The other one.</param>
/// <param name="Period">After how many sub-pixels it repeats.</param>
/// <param name="Degrees">Its direction.</param>
/// <param name="Phase">Where it begins, in sub-pixels.</param>
internal sealed record Paint(Texture Texture, Colour First, Colour Second, int Period = 12, int Degrees = 0, int Phase = 0)
{
    private readonly int cosine = Pose.Cosine(Degrees), sine = Pose.Sine(Degrees);

    public static Paint Plain(Colour colour) => new(Texture.Plain, colour, colour);

    /// <summary>The colour of a sub-pixel.</summary>
    public Colour At(int x, int y)
    {
        if (Texture == Texture.Plain)
            return First;
        int along = ((x * cosine + y * sine) >> 10) + Phase, across = ((y * cosine - x * sine) >> 10) + Phase;
        if (Texture == Texture.Gradient)
            return Colour.Mix(First, Second, Math.Clamp(along * 4, 0, 256));
        return IsFirst(x, y, along, across) ? First : Second;
    }

    private bool IsFirst(int x, int y, int along, int across)
    {
        int half = Period / 2, u = Modulo(along, Period), v = Modulo(across, Period);
        return Texture switch
        {
            Texture.Stripes => u < half,
            Texture.Checks => u < half == v < half,
            Texture.Dots => (u - half) * (u - half) + (v - half) * (v - half) < Period * Period / 9,
            Texture.Grid => u < Period / 4 || v < Period / 4,
            Texture.Waves => Modulo(across + Pose.Sine(along * 360 / (2 * Period)) * Period / 3072, Period) < half,
            Texture.Zigzag => Modulo(across + Math.Abs(Modulo(along, 2 * Period) - Period), Period) < half,
            Texture.Rings => Modulo((int)Math.Sqrt(along * along + across * across), Period) < half,
            Texture.Bricks => v < Period / 4 || Modulo(along + (Modulo(across, 2 * Period) < Period ? 0 : Period), 2 * Period) < Period / 4,
            Texture.Speckle => ((uint)((x / 3 * 73856093) ^ (y / 3 * 19349663) ^ (Phase * 83492791)) * 2654435761u >> 28) < 8,
            Texture.Crosses => Math.Min(Math.Abs(u - half), Math.Abs(v - half)) < Period / 8 && Math.Max(Math.Abs(u - half), Math.Abs(v - half)) < Period / 3,
            _ => true,
        };
    }

    private static int Modulo(int value, int period) => ((value % period) + period) % period;
}
