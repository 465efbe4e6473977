using SafeTune.Images;

namespace SafeTune.Reproduction.World.Images.Drawing;

/// <summary>How hard the images of a set are to read.</summary>
/// <param name="Size">The figure's half-width, in percent of the image's: from the smallest to the largest.</param>
/// <param name="Shift">How far its middle may lie from the image's, in percent of the half-width.</param>
/// <param name="Turn">Degrees that it may be turned, to either side.</param>
/// <param name="Clutter">Strokes and spots beside and behind the figure, at most.</param>
/// <param name="Noise">The most that is added to or taken from a value from 0 to 255.</param>
internal sealed record Look((int Smallest, int Largest) Size, int Shift, int Turn, int Clutter, int Noise)
{
    /// <summary>The least difference in lightness between figure and ground.</summary>
    public int Contrast { get; init; } = 70;

    /// <summary>How often, of a hundred, left and right are exchanged.</summary>
    public int Mirrored { get; init; } = 50;

    /// <summary>Columns and rows of the image.</summary>
    public (int Width, int Height) Pixels { get; init; } = (32, 32);

    /// <summary>Whether there are no colours.</summary>
    public bool Grey { get; init; }

    /// <summary>Random hues lie so far from grey.</summary>
    public int Chroma => Grey ? 0 : 45;
}

/// <summary>One image being drawn: a figure of a class in a random pose and random colours on a random ground.</summary>
/// <remarks>Figure and ground exchange light and dark at random, so that no pixel's value says anything by itself.</remarks>
internal sealed class Scene
{
    private readonly Canvas canvas;
    private readonly Look look;
    private readonly int groundLight, inkLight;
    private Pose pose;

    public Scene(Dice dice, Look look)
    {
        (Dice, this.look) = (dice, look);
        canvas = new Canvas(look.Pixels.Width, look.Pixels.Height);
        (groundLight, inkLight) = Lights(dice, look.Contrast);
        Ink = Paint.Plain(Figure());
        Accent = Paint.Plain(Colour.Mix(Colour.Random(dice, groundLight, look.Chroma), Ink.First, dice.Between(70, 130)));
        Ground = RandomGround();
        canvas.Cover(Ground);
        for (int i = dice.Between(0, look.Clutter); i > 0; i--)
            Clutter();
        pose = RandomPose();
    }

    public Dice Dice { get; }

    /// <summary>The figure's colour.</summary>
    public Paint Ink { get; }

    /// <summary>A colour between the figure's and the ground's.</summary>
    public Paint Accent { get; }

    /// <summary>What lies behind.</summary>
    public Paint Ground { get; }

    /// <summary>Another colour of the figure's lightness.</summary>
    public Colour Figure() => Colour.Random(Dice, Math.Clamp(inkLight + Dice.Between(-12, 12), 0, 255), look.Chroma);

    /// <summary>Another colour of the ground's lightness.</summary>
    public Colour Behind() => Colour.Random(Dice, groundLight, look.Chroma);

    /// <summary>A texture of the figure's lightness and of one nearer to the ground's, so that the outline is seen too.</summary>
    public Paint Textured(Texture texture, int period, int degrees) => new(texture, Figure(), Colour.Mix(Behind(), Figure(), 80), period, degrees, Dice.Below(period));

    /// <summary>Draws a part in a pose of its own.</summary>
    public void In(Point middle, int percent, int degrees, Action<Scene> draw)
    {
        Pose outer = pose;
        pose = pose.Part(middle, percent, degrees);
        draw(this);
        pose = outer;
    }

    public void Polygon(Paint paint, params ReadOnlySpan<Point> corners)
    {
        Span<Point> placed = stackalloc Point[corners.Length];
        for (int i = 0; i < corners.Length; i++)
            placed[i] = pose.Of(corners[i]);
        canvas.Fill(placed, paint);
    }

    /// <summary>An upright rectangle.</summary>
    public void Box(Paint paint, int left, int top, int right, int bottom) => Polygon(paint, (left, top), (right, top), (right, bottom), (left, bottom));

    public void Disc(Paint paint, int x, int y, int radius) => Ellipse(paint, x, y, radius, radius);

    public void Ellipse(Paint paint, int x, int y, int across, int down)
    {
        const int corners = 20;
        Span<Point> points = stackalloc Point[corners];
        for (int i = 0; i < corners; i++)
            points[i] = (x + across * Pose.Cosine(i * 360 / corners) / Pose.One, y + down * Pose.Sine(i * 360 / corners) / Pose.One);
        Polygon(paint, points);
    }

    /// <summary>A polygon of equal sides; every other corner lies at <paramref name="inner"/> percent of the radius when that is given.</summary>
    public void Regular(Paint paint, Point middle, int radius, int corners, int inner = 100, int degrees = -90)
    {
        int steps = inner == 100 ? corners : 2 * corners;
        Span<Point> points = stackalloc Point[steps];
        for (int i = 0; i < steps; i++)
            points[i] = Pose.Around(middle, i % 2 == 1 ? radius * inner / 100 : radius, degrees + i * 360 / steps);
        Polygon(paint, points);
    }

    /// <summary>A stroke through points, with round ends.</summary>
    public void Line(Paint paint, int thickness, params ReadOnlySpan<Point> points)
    {
        int radius = thickness / 2;
        for (int i = 0; i < points.Length; i++)
        {
            if (thickness > 8)
                Regular(paint, points[i], radius, 8, degrees: 22);
            if (i == 0)
                continue;
            var (from, to) = (points[i - 1], points[i]);
            (int dx, int dy) = (to.X - from.X, to.Y - from.Y);
            int length = Math.Max(1, (int)Math.Sqrt(dx * dx + dy * dy));
            (int x, int y) = (-dy * radius / length, dx * radius / length);
            Polygon(paint, (from.X + x, from.Y + y), (to.X + x, to.Y + y), (to.X - x, to.Y - y), (from.X - x, from.Y - y));
        }
    }

    /// <summary>A part of a circle's line.</summary>
    public void Arc(Paint paint, int thickness, Point middle, int radius, int from, int to)
    {
        int steps = Math.Max(2, (to - from) / 24);
        Span<Point> points = stackalloc Point[steps + 1];
        for (int i = 0; i <= steps; i++)
            points[i] = Pose.Around(middle, radius, from + (to - from) * i / steps);
        Line(paint, thickness, points);
    }

    /// <summary>The finished image.</summary>
    public RgbImage Finish() => canvas.Image(Dice, Dice.Between(look.Noise / 3, look.Noise));

    private static (int Ground, int Ink) Lights(Dice dice, int contrast)
    {
        int difference = dice.Between(contrast, contrast + 50), dark = dice.Between(20, 235 - difference);
        return dice.Percent(50) ? (dark, dark + difference) : (dark + difference, dark);
    }

    private Pose RandomPose()
    {
        int half = Math.Min(look.Pixels.Width, look.Pixels.Height) * Canvas.Fine * Canvas.Unit / 2;
        int size = half * Dice.Between(look.Size.Smallest, look.Size.Largest) / 100;
        int Shift() => half * Dice.Between(-look.Shift, look.Shift) / 100;
        (int x, int y) = (look.Pixels.Width * Canvas.Fine * Canvas.Unit / 2 + Shift(), look.Pixels.Height * Canvas.Fine * Canvas.Unit / 2 + Shift());
        return new Pose(
            x, y, size * Dice.Between(90, 110) / 100 * (Dice.Percent(look.Mirrored) ? -1 : 1), size * Dice.Between(90, 110) / 100, Dice.Between(-look.Turn, look.Turn));
    }

    private Paint RandomGround()
    {
        var texture = Dice.Of(Texture.Plain, Texture.Gradient, Texture.Speckle, Texture.Stripes, Texture.Waves, Texture.Plain);
        Colour first = Behind();
        return new Paint(texture, first, Colour.Mix(first, Behind(), 160), Dice.Between(8, 20), Dice.Below(360), Dice.Below(20));
    }

    // Somewhere on the image, of a contrast that is less than the figure's.
    private void Clutter()
    {
        var paint = Paint.Plain(Colour.Mix(Behind(), Figure(), Dice.Between(40, 130)));
        int size = canvas.Width * Canvas.Unit;
        pose = new Pose(
            Dice.Below(canvas.Width * Canvas.Fine * Canvas.Unit), Dice.Below(canvas.Height * Canvas.Fine * Canvas.Unit),
            size * Dice.Between(20, 50) / 100, size * Dice.Between(20, 50) / 100, Dice.Below(360));
        switch (Dice.Below(3))
        {
            case 0: Line(paint, 16, (-100, 0), (100, 0)); break;
            case 1: Disc(paint, 0, 0, 30); break;
            default: Arc(paint, 16, (0, 0), 60, 0, 150); break;
        }
    }
}
