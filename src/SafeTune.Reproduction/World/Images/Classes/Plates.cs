using SafeTune.Reproduction.World.Images.Drawing;

namespace SafeTune.Reproduction.World.Images.Classes;

/// <summary>Ten of Food-101's dishes, as what lies on a plate.</summary>
internal static class Plates
{
    public static IReadOnlyList<ImageClass> All { get; } =
    [
        On("caesar_salad", Salad), On("donuts", Donut), On("dumplings", Dumplings), On("french_fries", Fries), On("pancakes", Pancakes),
        On("pizza", Pizza), On("spaghetti_bolognese", Spaghetti), On("steak", Steak), On("sushi", Sushi), On("waffles", Waffle),
    ];

    private static ImageClass On(string name, Action<Scene> dish) => new(name, scene =>
    {
        scene.Disc(scene.Accent, 0, 0, 98);
        scene.Disc(Paint.Plain(scene.Behind()), 0, 0, 84);
        scene.In((scene.Dice.Between(-8, 8), scene.Dice.Between(-8, 8)), 80, scene.Dice.Below(360), dish);
    });

    private static void Salad(Scene scene)
    {
        for (int i = 0; i < 9; i++)
        {
            Point leaf = Pose.Around((0, 0), scene.Dice.Between(10, 75), i * 80);
            scene.In(leaf, 30, scene.Dice.Below(360), part => part.Polygon(Paint.Plain(part.Figure()), (-90, 0), (0, -45), (90, 0), (0, 45)));
        }
    }

    private static void Donut(Scene scene)
    {
        scene.Disc(scene.Ink, 0, 0, 85);
        scene.Disc(scene.Ground, 0, 0, 30);
    }

    private static void Dumplings(Scene scene)
    {
        for (int i = 0; i < 6; i++)
        {
            (int x, int y) = Pose.Around((0, 0), 65, i * 60);
            scene.Disc(scene.Ink, x, y, 25);
        }
    }

    private static void Fries(Scene scene)
    {
        for (int i = -3; i <= 3; i++)
            scene.Line(Paint.Plain(scene.Figure()), 15, (i * 24, -70 + scene.Dice.Between(-15, 15)), (i * 24 + scene.Dice.Between(-14, 14), 75));
    }

    private static void Pancakes(Scene scene)
    {
        scene.Disc(scene.Ink, 0, 0, 92);
        scene.Disc(scene.Ground, 0, 0, 68);
        scene.Disc(scene.Ink, 0, 0, 48);
        scene.Disc(scene.Ground, 0, 0, 22);
    }

    private static void Pizza(Scene scene)
    {
        scene.Disc(scene.Ink, 0, 0, 95);
        for (int i = 0; i < 3; i++)
            scene.Line(scene.Ground, 9, Pose.Around((0, 0), 95, i * 60), Pose.Around((0, 0), 95, i * 60 + 180));
    }

    private static void Spaghetti(Scene scene)
    {
        for (int i = -3; i <= 3; i++)
        {
            int way = scene.Dice.Between(12, 20);
            scene.Line(scene.Ink, 11, (-85, i * 25), (-45, i * 25 + way), (0, i * 25 - way), (45, i * 25 + way), (85, i * 25));
        }
    }

    private static void Steak(Scene scene)
    {
        scene.Polygon(scene.Ink, (-85, -10), (-40, -65), (45, -55), (90, 5), (50, 60), (5, 35), (-50, 60));
        scene.Line(scene.Ground, 9, (-40, 0), (45, 0));
    }

    private static void Sushi(Scene scene)
    {
        foreach (var (x, y) in (ReadOnlySpan<(int, int)>)[(-45, -45), (45, -45), (-45, 45), (45, 45)])
        {
            scene.Box(scene.Ink, x - 34, y - 34, x + 34, y + 34);
            scene.Disc(scene.Ground, x, y, 15);
        }
    }

    private static void Waffle(Scene scene)
    {
        scene.Box(scene.Ink, -85, -85, 85, 85);
        for (int i = -1; i <= 1; i++)
        {
            scene.Line(scene.Ground, 8, (i * 45, -85), (i * 45, 85));
            scene.Line(scene.Ground, 8, (-85, i * 45), (85, i * 45));
        }
    }
}
