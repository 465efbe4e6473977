using SafeTune.Reproduction.World.Images.Drawing;

namespace SafeTune.Reproduction.World.Images.Classes;

/// <summary>Things of several parts that no task has.</summary>
internal static class Things
{
    public static IReadOnlyList<ImageClass> All { get; } =
    [
        new("tree", scene => { scene.Box(scene.Ink, -14, 30, 14, 95); scene.Disc(scene.Accent, 0, -20, 62); }),
        new("fir", scene => { scene.Box(scene.Ink, -12, 60, 12, 95); scene.Polygon(scene.Ink, (0, -95), (70, 60), (-70, 60)); }),
        new("face", scene => { scene.Disc(scene.Ink, 0, 0, 90); Holes(scene, 11, (-32, -25), (32, -25)); scene.Arc(scene.Ground, 12, (0, 5), 45, 20, 160); }),
        new("key", scene =>
        {
            scene.Disc(scene.Ink, -58, 0, 38);
            scene.Disc(scene.Ground, -58, 0, 17);
            scene.Line(scene.Ink, 16, (-25, 0), (92, 0));
            scene.Line(scene.Ink, 14, (60, 0), (60, 35));
            scene.Line(scene.Ink, 14, (88, 0), (88, 35));
        }),
        new("mug", scene => { scene.Box(scene.Ink, -75, -65, 35, 75); scene.Arc(scene.Ink, 16, (35, 0), 42, -90, 90); }),
        new("umbrella", scene =>
        {
            scene.Polygon(scene.Ink, (-95, 0), (-75, -50), (-30, -82), (30, -82), (75, -50), (95, 0));
            scene.Line(scene.Ink, 11, (0, 0), (0, 80), (-28, 88));
        }),
        new("chair", scene => { scene.Line(scene.Ink, 15, (-50, -90), (-50, 90)); scene.Line(scene.Ink, 15, (-50, 10), (50, 10), (50, 90)); }),
        new("table", scene =>
        {
            scene.Box(scene.Ink, -95, -45, 95, -20);
            scene.Line(scene.Ink, 15, (-72, -20), (-72, 80));
            scene.Line(scene.Ink, 15, (72, -20), (72, 80));
        }),
        new("lamp", scene =>
        {
            scene.Polygon(scene.Ink, (-35, -85), (35, -85), (70, -5), (-70, -5));
            scene.Line(scene.Ink, 11, (0, -5), (0, 80));
            scene.Box(scene.Ink, -45, 75, 45, 92);
        }),
        new("hammer", scene => { scene.Box(scene.Ink, -70, -80, 70, -35); scene.Box(scene.Accent, -13, -35, 13, 95); }),
        new("fish", scene =>
        {
            scene.Ellipse(scene.Ink, 15, 0, 72, 42);
            scene.Polygon(scene.Ink, (-40, 0), (-98, -48), (-98, 48));
            Holes(scene, 10, (52, -10));
        }),
        new("mushroom", scene => { scene.Polygon(scene.Ink, (-92, 0), (-70, -55), (0, -82), (70, -55), (92, 0)); scene.Box(scene.Accent, -26, 0, 26, 85); }),
        new("bottle", scene =>
        {
            scene.Box(scene.Ink, -18, -95, 18, -40);
            scene.Polygon(scene.Ink, (-18, -45), (18, -45), (45, -10), (45, 92), (-45, 92), (-45, -10));
        }),
        new("glasses", scene => { scene.Disc(scene.Ink, -52, 0, 42); scene.Disc(scene.Ink, 52, 0, 42); Holes(scene, 25, (-52, 0), (52, 0)); }),
        new("scissors", scene =>
        {
            scene.Line(scene.Ink, 13, (-60, 45), (70, -80));
            scene.Line(scene.Ink, 13, (60, 45), (-70, -80));
            scene.Disc(scene.Ink, -60, 62, 30);
            scene.Disc(scene.Ink, 60, 62, 30);
            Holes(scene, 14, (-60, 62), (60, 62));
        }),
        new("robot", scene => { scene.Box(scene.Ink, -55, -85, 55, -15); scene.Box(scene.Accent, -75, -8, 75, 90); Holes(scene, 12, (-25, -52), (25, -52)); }),
        new("snowman", scene => { scene.Disc(scene.Ink, 0, 45, 52); scene.Disc(scene.Ink, 0, -25, 36); scene.Disc(scene.Ink, 0, -75, 24); }),
        new("spider", scene =>
        {
            scene.Disc(scene.Ink, 0, 0, 38);
            foreach (int y in (ReadOnlySpan<int>)[-60, -20, 20, 60]) scene.Line(scene.Ink, 9, (-95, y + y / 3), (0, y / 4), (95, y + y / 3));
        }),
        new("castle", scene =>
        {
            scene.Box(scene.Ink, -85, -25, 85, 85);
            foreach (int x in (ReadOnlySpan<int>)[-85, -22, 41]) scene.Box(scene.Ink, x, -75, x + 44, -20);
            scene.Box(scene.Ground, -20, 30, 20, 85);
        }),
        new("ladder", scene =>
        {
            scene.Line(scene.Ink, 13, (-45, -92), (-45, 92));
            scene.Line(scene.Ink, 13, (45, -92), (45, 92));
            for (int y = -60; y <= 60; y += 40) scene.Line(scene.Ink, 11, (-45, y), (45, y));
        }),
    ];

    private static void Holes(Scene scene, int radius, params ReadOnlySpan<Point> middles)
    {
        foreach (Point middle in middles)
            scene.Disc(scene.Ground, middle.X, middle.Y, radius);
    }
}
