using SafeTune.Reproduction.World.Images.Drawing;

namespace SafeTune.Reproduction.World.Images.Classes;

/// <summary>Flowers by the number and the form of their petals.</summary>
internal static class Flowers
{
    public static IReadOnlyList<ImageClass> All { get; } =
    [
        Flower(3, "round", Round), Flower(4, "round", Round), Flower(5, "round", Round), Flower(8, "round", Slender),
        Flower(3, "pointed", Pointed), Flower(4, "pointed", Pointed), Flower(6, "pointed", Pointed),
        Flower(4, "notched", Notched), Flower(5, "notched", Notched), Flower(6, "stalked", Stalked),
    ];

    private static ImageClass Flower(int petals, string form, Action<Scene> petal) => new($"{petals} {form} petals", scene =>
    {
        int turn = scene.Dice.Below(360);
        for (int i = 0; i < petals; i++)
            scene.In((0, 0), 100, turn + i * 360 / petals, petal);
        scene.Disc(scene.Accent, 0, 0, 20);
        scene.Disc(scene.Ground, 0, 0, 12);
    });

    private static void Round(Scene scene) => scene.Disc(scene.Ink, 58, 0, 38);

    private static void Slender(Scene scene) => scene.Ellipse(scene.Ink, 58, 0, 42, 13);

    private static void Pointed(Scene scene) => scene.Polygon(scene.Ink, (5, 0), (45, -28), (100, 0), (45, 28));

    private static void Notched(Scene scene) => scene.Polygon(scene.Ink, (5, 0), (80, -38), (95, -22), (68, 0), (95, 22), (80, 38));

    private static void Stalked(Scene scene)
    {
        scene.Line(scene.Ink, 9, (5, 0), (75, 0));
        scene.Disc(scene.Ink, 80, 0, 18);
    }
}
