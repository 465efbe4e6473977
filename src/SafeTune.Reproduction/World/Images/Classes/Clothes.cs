using SafeTune.Reproduction.World.Images.Drawing;

namespace SafeTune.Reproduction.World.Images.Classes;

/// <summary>Fashion-MNIST's articles as silhouettes.</summary>
internal static class Clothes
{
    public static IReadOnlyList<ImageClass> All { get; } =
    [
        new("T-shirt/top", scene => Upper(scene, sleeve: 35, length: 75, width: 48)), new("Trouser", Trouser),
        new("Pullover", scene => Upper(scene, sleeve: 105, length: 70, width: 48)), new("Dress", Dress), new("Coat", Coat),
        new("Sandal", Sandal), new("Shirt", Shirt), new("Sneaker", Sneaker), new("Bag", Bag), new("Ankle boot", Boot),
    ];

    // Shoulders, two sleeves and the trunk.
    private static void Upper(Scene scene, int sleeve, int length, int width)
    {
        int drop = scene.Dice.Between(-8, 8);
        scene.Polygon(scene.Ink, (-width, -75), (-18, -75), (0, -60), (18, -75), (width, -75), (width, length), (-width, length));
        foreach (int side in (ReadOnlySpan<int>)[-1, 1])
            scene.Line(scene.Ink, 30, (side * (width - 10), -58), (side * (width + 12 + sleeve / 4), -58 + sleeve + drop));
    }

    private static void Trouser(Scene scene)
    {
        int spread = scene.Dice.Between(30, 50);
        scene.Polygon(scene.Ink, (-38, -90), (38, -90), (spread + 10, 92), (spread - 22, 92), (0, -25), (22 - spread, 92), (-spread - 10, 92));
    }

    private static void Dress(Scene scene)
    {
        int hem = scene.Dice.Between(50, 70);
        scene.Polygon(scene.Ink, (-28, -92), (-12, -70), (12, -70), (28, -92), (20, -15), (hem, 92), (-hem, 92), (-20, -15));
    }

    private static void Coat(Scene scene)
    {
        Upper(scene, sleeve: 110, length: 95, width: 50);
        scene.Line(scene.Ground, 8, (0, -60), (0, 95));
        scene.Polygon(scene.Accent, (-25, -75), (0, -20), (25, -75));
    }

    private static void Shirt(Scene scene)
    {
        Upper(scene, sleeve: 70, length: 75, width: 48);
        for (int y = -40; y < 70; y += 30)
            scene.Disc(scene.Ground, 0, y, 8);
    }

    private static void Sandal(Scene scene)
    {
        scene.Polygon(scene.Ink, (-95, 45), (95, 45), (95, 65), (-95, 65));
        scene.Line(scene.Ink, 12, (-80, 45), (-55, -30), (-20, 45));
        scene.Line(scene.Ink, 12, (20, 45), (50, -5), (80, 45));
    }

    private static void Sneaker(Scene scene)
    {
        scene.Polygon(scene.Ink, (-90, -25), (-40, -30), (0, -5), (60, 15), (95, 40), (-95, 40));
        scene.Box(scene.Accent, -95, 42, 95, 60);
        scene.Line(scene.Ground, 7, (-20, -10), (-5, 15));
        scene.Line(scene.Ground, 7, (5, 2), (20, 25));
    }

    private static void Bag(Scene scene)
    {
        scene.Polygon(scene.Ink, (-75, -20), (75, -20), (90, 80), (-90, 80));
        scene.Arc(scene.Ink, 14, (0, -20), 50, 180, 360);
    }

    private static void Boot(Scene scene)
    {
        scene.Polygon(scene.Ink, (-75, -90), (-5, -90), (0, 0), (70, 20), (92, 55), (92, 80), (-80, 80));
        scene.Box(scene.Accent, -80, 68, -40, 90);
    }
}
