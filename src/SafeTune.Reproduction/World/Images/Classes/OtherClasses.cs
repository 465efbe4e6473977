using SafeTune.Reproduction.World.Images.Drawing;

namespace SafeTune.Reproduction.World.Images.Classes;

/// <summary>The classes that image models are pre-trained on: of the same strokes, areas and textures as the tasks', and none of the tasks' own.</summary>
internal static class OtherClasses
{
    public static IReadOnlyList<ImageClass> All { get; } =
    [
        .. Glyphs.All.Select(glyph => new ImageClass($"glyph_{glyph}", scene => Glyphs.Draw(scene, glyph, scene.Dice.Between(18, 30)))),
        .. Solids(), .. Surfaces(), .. Counts(), .. Arrangements(), .. Things.All,
    ];

    private static IEnumerable<ImageClass> Solids() =>
    [
        Solid("pentagon", (scene, paint) => scene.Regular(paint, (0, 0), 95, 5)),
        Solid("octagon", (scene, paint) => scene.Regular(paint, (0, 0), 95, 8, degrees: 22)),
        Solid("star_4", (scene, paint) => scene.Regular(paint, (0, 0), 100, 4, inner: 35)),
        Solid("star_7", (scene, paint) => scene.Regular(paint, (0, 0), 100, 7, inner: 55)),
        Solid("diamond", (scene, paint) => scene.Polygon(paint, (0, -98), (60, 0), (0, 98), (-60, 0))),
        Solid("trapezoid", (scene, paint) => scene.Polygon(paint, (-45, -70), (45, -70), (95, 70), (-95, 70))),
        Solid("half_disc", (scene, paint) => scene.Polygon(paint, (-95, 30), (-80, -20), (-45, -55), (0, -68), (45, -55), (80, -20), (95, 30))),
        Solid("ellipse", (scene, paint) => scene.Ellipse(paint, 0, 0, 95, 48)), Solid("bar", (scene, paint) => scene.Box(paint, -95, -25, 95, 25)),
        Solid("corner", (scene, paint) => scene.Polygon(paint, (-80, -80), (-20, -80), (-20, 20), (80, 20), (80, 80), (-80, 80))),
        Solid("bolt", (scene, paint) => scene.Polygon(paint, (10, -98), (-60, 15), (-8, 15), (-25, 98), (60, -20), (8, -20), (40, -98))),
        Solid("hourglass", (scene, paint) => scene.Polygon(paint, (-70, -85), (70, -85), (12, 0), (70, 85), (-70, 85), (-12, 0))),
    ];

    private static ImageClass Solid(string name, Action<Scene, Paint> draw) => new(name, scene => draw(scene, Surface(scene)));

    // A shape is the same shape in any texture.
    private static Paint Surface(Scene scene) => scene.Dice.Percent(60) ? scene.Ink : scene.Textured(
        scene.Dice.Of(Texture.Stripes, Texture.Dots, Texture.Checks, Texture.Grid, Texture.Waves, Texture.Gradient),
        scene.Dice.Between(8, 16), scene.Dice.Below(360));

    private static IEnumerable<ImageClass> Surfaces()
    {
        foreach (Texture texture in Enum.GetValues<Texture>().Except([Texture.Plain, Texture.Gradient]))
        {
            yield return new($"surface_{texture.ToString().ToLowerInvariant()}", scene =>
            {
                Paint paint = scene.Textured(texture, scene.Dice.Between(10, 16), scene.Dice.Below(360));
                Blob(scene, paint);
            });
        }
    }

    // A rounded area of no particular form.
    private static void Blob(Scene scene, Paint paint)
    {
        Span<Point> corners = stackalloc Point[9];
        for (int i = 0; i < corners.Length; i++)
            corners[i] = Pose.Around((0, 0), scene.Dice.Between(75, 120), i * 40);
        scene.Polygon(paint, corners);
    }

    private static IEnumerable<ImageClass> Counts()
    {
        foreach (int count in (int[])[2, 3, 4, 5, 7])
        {
            yield return new($"spots_{count}", scene =>
            {
                int turn = scene.Dice.Below(360);
                for (int i = 0; i < count; i++)
                {
                    (int x, int y) = Pose.Around((0, 0), 62, turn + i * 360 / count);
                    scene.Disc(scene.Ink, x, y, 22);
                }
            });
        }
        foreach (int count in (int[])[2, 3, 4])
        {
            yield return new($"bars_{count}", scene =>
            {
                for (int i = 0; i < count; i++)
                {
                    int x = (2 * i - count + 1) * 80 / count;
                    scene.Line(scene.Ink, 22, (x, -70 + scene.Dice.Between(-15, 15)), (x, 70));
                }
            });
        }
        foreach (int count in (int[])[3, 5, 7])
        {
            yield return new($"spokes_{count}", scene =>
            {
                int turn = scene.Dice.Below(360);
                for (int i = 0; i < count; i++)
                    scene.Line(scene.Ink, 18, (0, 0), Pose.Around((0, 0), 90, turn + i * 360 / count));
            });
        }
    }

    private static IEnumerable<ImageClass> Arrangements() =>
    [
        new("disc_over_bar", scene => { scene.Disc(scene.Ink, 0, -38, 48); scene.Box(scene.Ink, -90, 40, 90, 75); }),
        new("bar_over_disc", scene => { scene.Disc(scene.Ink, 0, 38, 48); scene.Box(scene.Ink, -90, -75, 90, -40); }),
        new("disc_beside_bar", scene => { scene.Disc(scene.Ink, -42, 0, 46); scene.Box(scene.Ink, 35, -90, 70, 90); }),
        new("two_discs_across", scene => { scene.Disc(scene.Ink, -50, 0, 44); scene.Disc(scene.Ink, 50, 0, 44); }),
        new("two_discs_down", scene => { scene.Disc(scene.Ink, 0, -50, 44); scene.Disc(scene.Ink, 0, 50, 44); }),
        new("ring", scene => { scene.Disc(Surface(scene), 0, 0, 92); scene.Disc(scene.Ground, 0, 0, 58); }),
        new("frame", scene => { scene.Box(Surface(scene), -85, -85, 85, 85); scene.Box(scene.Ground, -52, -52, 52, 52); }),
        new("bar_in_disc", scene => { scene.Disc(scene.Ink, 0, 0, 92); scene.Box(scene.Ground, -58, -18, 58, 18); }),
        new("diamond_in_disc", scene => { scene.Disc(scene.Ink, 0, 0, 92); scene.Regular(scene.Ground, (0, 0), 55, 4); }),
        new("disc_in_diamond", scene => { scene.Regular(scene.Ink, (0, 0), 100, 4); scene.Disc(scene.Ground, 0, 0, 36); }),
        new("slit_disc", scene => { scene.Disc(scene.Ink, 0, 0, 92); scene.Polygon(scene.Ground, (0, 0), (100, -42), (100, 42)); }),
        new("arc", scene => scene.Arc(scene.Ink, 24, (0, 20), 75, 180, 360)),
        new("wave", scene => scene.Line(scene.Ink, 20, (-95, 0), (-70, -45), (-40, -30), (-5, 30), (30, 45), (65, 10), (95, -35))),
        new("spiral", scene => scene.Line(scene.Ink, 15, (0, 0), (25, -12), (12, -42), (-35, -38), (-52, 5), (-25, 52), (35, 58), (82, 10), (65, -60))),
        new("stairs", scene => scene.Line(scene.Ink, 18, (-85, 75), (-85, 30), (-30, 30), (-30, -20), (30, -20), (30, -70), (85, -70))),
        new("fork", scene => { scene.Line(scene.Ink, 18, (0, 90), (0, -10)); scene.Line(scene.Ink, 18, (-60, -85), (-60, -10), (60, -10), (60, -85)); }),
    ];
}
