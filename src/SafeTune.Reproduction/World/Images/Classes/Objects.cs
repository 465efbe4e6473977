using SafeTune.Reproduction.World.Images.Drawing;

namespace SafeTune.Reproduction.World.Images.Classes;

/// <summary>CIFAR-10's kinds of objects, drawn of parts.</summary>
internal static class Objects
{
    public static IReadOnlyList<ImageClass> All { get; } =
    [
        new("airplane", Airplane), new("automobile", Automobile), new("bird", Bird), new("cat", Cat), new("deer", Deer),
        new("dog", Dog), new("frog", Frog), new("horse", Horse), new("ship", Ship), new("truck", Truck),
    ];

    private static void Airplane(Scene scene)
    {
        scene.Ellipse(scene.Ink, 0, 0, 95, 20);
        scene.Polygon(scene.Ink, (-15, 0), (30, 0), (-20, 85), (-45, 85));
        scene.Polygon(scene.Ink, (-15, 0), (30, 0), (-20, -85), (-45, -85));
        scene.Polygon(scene.Ink, (-90, 0), (-65, 0), (-80, -45), (-98, -45));
    }

    private static void Automobile(Scene scene)
    {
        scene.Box(scene.Ink, -95, -5, 95, 40);
        scene.Polygon(scene.Ink, (-60, -5), (-35, -50), (35, -50), (65, -5));
        scene.Polygon(scene.Accent, (-40, -8), (-25, -38), (25, -38), (42, -8));
        Wheels(scene, 24, 42, -55, 55);
    }

    private static void Bird(Scene scene)
    {
        scene.Ellipse(scene.Ink, -10, 15, 60, 38);
        scene.Disc(scene.Ink, 50, -30, 30);
        scene.Polygon(scene.Ink, (72, -45), (100, -28), (72, -18));
        scene.Polygon(scene.Ink, (-55, 10), (-100, -15), (-95, 35));
        scene.Polygon(scene.Accent, (-30, 5), (25, 5), (-25, 45));
        scene.Line(scene.Ink, 9, (-5, 45), (-5, 92));
        scene.Line(scene.Ink, 9, (15, 45), (15, 92));
    }

    private static void Cat(Scene scene)
    {
        scene.Disc(scene.Ink, 0, 20, 70);
        scene.Polygon(scene.Ink, (-68, 10), (-62, -90), (-8, -42));
        scene.Polygon(scene.Ink, (68, 10), (62, -90), (8, -42));
        Eyes(scene, 28, 5);
        scene.Polygon(scene.Ground, (-12, 35), (12, 35), (0, 50));
    }

    private static void Deer(Scene scene)
    {
        Legged(scene);
        scene.Line(scene.Ink, 20, (45, 15), (65, -30));
        scene.Ellipse(scene.Ink, 75, -35, 24, 14);
        scene.Line(scene.Ink, 9, (62, -42), (45, -95), (62, -70), (78, -95));
        scene.Line(scene.Ink, 9, (58, -60), (30, -75));
    }

    private static void Dog(Scene scene)
    {
        scene.Ellipse(scene.Ink, 0, 0, 58, 65);
        scene.Ellipse(scene.Ink, -65, 5, 22, 58);
        scene.Ellipse(scene.Ink, 65, 5, 22, 58);
        Eyes(scene, 24, -15);
        scene.Ellipse(scene.Accent, 0, 50, 34, 28);
        scene.Disc(scene.Ground, 0, 38, 12);
    }

    private static void Frog(Scene scene)
    {
        scene.Ellipse(scene.Ink, 0, 20, 72, 42);
        scene.Disc(scene.Ink, -38, -28, 26);
        scene.Disc(scene.Ink, 38, -28, 26);
        scene.Disc(scene.Ground, -38, -28, 11);
        scene.Disc(scene.Ground, 38, -28, 11);
        scene.Line(scene.Ink, 16, (-60, 25), (-95, 55), (-60, 80));
        scene.Line(scene.Ink, 16, (60, 25), (95, 55), (60, 80));
        scene.Line(scene.Ground, 8, (-35, 32), (0, 42), (35, 32));
    }

    private static void Horse(Scene scene)
    {
        Legged(scene);
        scene.Line(scene.Ink, 28, (45, 15), (60, -55));
        scene.Ellipse(scene.Ink, 75, -58, 30, 15);
        scene.Line(scene.Ink, 14, (-65, 10), (-92, 25), (-95, 65));
        scene.Line(scene.Accent, 14, (35, 5), (46, -60));
    }

    private static void Ship(Scene scene)
    {
        scene.Polygon(scene.Ink, (-95, 30), (95, 30), (60, 80), (-65, 80));
        scene.Line(scene.Ink, 9, (0, 30), (0, -95));
        scene.Polygon(scene.Accent, (8, -85), (75, 20), (8, 20));
        scene.Polygon(scene.Ink, (-8, -65), (-55, 20), (-8, 20));
    }

    private static void Truck(Scene scene)
    {
        scene.Box(scene.Ink, -98, -60, 35, 40);
        scene.Polygon(scene.Ink, (42, -25), (75, -25), (98, 10), (98, 40), (42, 40));
        scene.Polygon(scene.Accent, (55, -15), (70, -15), (84, 8), (55, 8));
        Wheels(scene, 20, 45, -70, -25, 65);
    }

    private static void Legged(Scene scene)
    {
        scene.Ellipse(scene.Ink, -10, 15, 62, 28);
        foreach (int leg in (ReadOnlySpan<int>)[-58, -38, 22, 40])
            scene.Line(scene.Ink, 11, (leg, 25), (leg + scene.Dice.Between(-8, 8), 95));
    }

    private static void Wheels(Scene scene, int radius, int y, params ReadOnlySpan<int> places)
    {
        foreach (int x in places)
        {
            scene.Disc(scene.Ground, x, y, radius + 8);
            scene.Disc(scene.Ink, x, y, radius);
        }
    }

    private static void Eyes(Scene scene, int x, int y)
    {
        scene.Disc(scene.Ground, -x, y, 13);
        scene.Disc(scene.Ground, x, y, 13);
    }
}
