using SafeTune.Reproduction.World.Images.Drawing;

namespace SafeTune.Reproduction.World.Images.Classes;

/// <summary>Countries by the form of their flags; the colours are random.</summary>
internal static class Flags
{
    public static IReadOnlyList<ImageClass> All { get; } =
    [
        Flag("AT", scene => scene.Box(scene.Ink, -95, -22, 95, 22)), Flag("BD", scene => scene.Disc(scene.Ink, -10, 0, 38)), Flag("CH", Swiss),
        Flag("CZ", scene => scene.Polygon(scene.Ink, (-95, -65), (-5, 0), (-95, 65))), Flag("DK", Nordic),
        Flag("FR", scene => scene.Box(scene.Ink, -32, -65, 32, 65)),
        Flag("GR", Stripes), Flag("JM", Saltire), Flag("PA", Quarters), Flag("TZ", scene => scene.Line(scene.Ink, 34, (-85, 55), (85, -55))),
        Flag("US", Canton), Flag("VN", scene => scene.Regular(scene.Ink, (0, 0), 52, 5, inner: 42)),
    ];

    private static ImageClass Flag(string country, Action<Scene> pattern) => new(country, scene =>
    {
        scene.Box(scene.Accent, -100, -70, 100, 70);
        scene.Box(Paint.Plain(scene.Behind()), -95, -65, 95, 65);
        pattern(scene);
    });

    private static void Swiss(Scene scene)
    {
        scene.Box(scene.Ink, -14, -45, 14, 45);
        scene.Box(scene.Ink, -45, -14, 45, 14);
    }

    private static void Nordic(Scene scene)
    {
        scene.Box(scene.Ink, -45, -65, -17, 65);
        scene.Box(scene.Ink, -95, -14, 95, 14);
    }

    private static void Stripes(Scene scene)
    {
        for (int y = -62; y < 60; y += 36)
            scene.Box(scene.Ink, -95, y, 95, y + 18);
    }

    private static void Saltire(Scene scene)
    {
        scene.Line(scene.Ink, 20, (-88, -58), (88, 58));
        scene.Line(scene.Ink, 20, (-88, 58), (88, -58));
    }

    private static void Quarters(Scene scene)
    {
        scene.Box(scene.Ink, -95, -65, 0, 0);
        scene.Box(scene.Ink, 0, 0, 95, 65);
    }

    private static void Canton(Scene scene) => scene.Box(scene.Ink, -95, -65, -5, 8);
}
