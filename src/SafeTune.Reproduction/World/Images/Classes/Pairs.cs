using Outline = System.Action<SafeTune.Reproduction.World.Images.Drawing.Scene, SafeTune.Reproduction.World.Images.Drawing.Paint>;

namespace SafeTune.Reproduction.World.Images.Classes;

/// <summary>Tiny ImageNet's place is taken by two shapes and how they lie to each other.</summary>
internal static class Pairs
{
    public static IReadOnlyList<ImageClass> All { get; } =
    [
        Above("circle", Outlines.Circle, "square", Outlines.Square), Above("square", Outlines.Square, "circle", Outlines.Circle),
        Above("triangle", Outlines.Triangle, "circle", Outlines.Circle), Above("circle", Outlines.Circle, "triangle", Outlines.Triangle),
        Inside("circle", Outlines.Circle, "square", Outlines.Square), Inside("square", Outlines.Square, "circle", Outlines.Circle),
        Inside("triangle", Outlines.Triangle, "circle", Outlines.Circle), Inside("cross", Outlines.Cross, "square", Outlines.Square),
        Beside("circle", Outlines.Circle, "square", Outlines.Square), Beside("circle", Outlines.Circle, "triangle", Outlines.Triangle),
        Beside("cross", Outlines.Cross, "square", Outlines.Square), Beside("triangle", Outlines.Triangle, "triangle", Outlines.Triangle),
    ];

    private static ImageClass Above(string first, Outline draw, string second, Outline other) => new($"{first} above {second}", scene =>
    {
        int aside = scene.Dice.Between(-15, 15);
        scene.In((aside, -50), 46, 0, part => draw(part, part.Ink));
        scene.In((-aside, 50), 46, 0, part => other(part, part.Ink));
    });

    private static ImageClass Inside(string first, Outline draw, string second, Outline other) => new($"{first} inside {second}", scene =>
    {
        other(scene, scene.Ink);
        scene.In((0, 10), 48, 0, part => draw(part, part.Ground));
    });

    private static ImageClass Beside(string first, Outline draw, string second, Outline other) => new($"{first} beside {second}", scene =>
    {
        int aside = scene.Dice.Between(-15, 15);
        scene.In((-52, aside), 46, 0, part => draw(part, part.Ink));
        scene.In((52, -aside), 46, 0, part => other(part, part.Ink));
    });
}
