using SafeTune.Reproduction.World.Images.Drawing;

namespace SafeTune.Reproduction.World.Images.Classes;

/// <summary>Cars by their bodies, seen from the side.</summary>
internal static class Cars
{
    public static IReadOnlyList<ImageClass> All { get; } =
    [
        // Where the windscreen begins, where the roof does, where it ends, where the rear does; the roof's height; the wheels.
        new("Aster Sedan 2012", scene => Car(scene, (50, 25, -35, -60), -45, 21)), new("Aster Coupe 2012", scene => Car(scene, (30, -5, -30, -95), -38, 23)),
        new("Birch Hatchback 2011", scene => Car(scene, (60, 35, -75, -95), -50, 20)), new("Birch Wagon 2011", scene => Car(scene, (50, 25, -92, -95), -45, 21)),
        new("Cedar SUV 2010", scene => Car(scene, (55, 45, -85, -92), -72, 29)), new("Cedar Van 2010", scene => Car(scene, (92, 65, -94, -95), -82, 19)),
        new("Dahlia Pickup 2009", Pickup), new("Dahlia Convertible 2009", Convertible), new("Elder Minivan 2008", Bus), new("Elder Racer 2008", Racer),
    ];

    private static void Car(Scene scene, (int Screen, int Roof, int RoofEnd, int Rear) x, int roof, int wheel)
    {
        int height = roof + scene.Dice.Between(-4, 4), bend = scene.Dice.Between(-4, 4);
        scene.Polygon(scene.Ink, (98, 40), (95, -2), (x.Screen + bend, -8), (x.Roof + bend, height), (x.RoofEnd, height), (x.Rear, -8), (-98, -4), (-98, 40));
        scene.Polygon(scene.Accent, (x.Screen - 12 + bend, -10), (x.Roof - 4 + bend, height + 10), (x.RoofEnd + 8, height + 10), (x.Rear + 14, -10));
        Wheels(scene, wheel);
    }

    private static void Pickup(Scene scene)
    {
        scene.Polygon(scene.Ink, (98, 40), (95, -8), (62, -10), (40, -60), (0, -60), (-5, -8), (-98, -8), (-98, 40));
        scene.Polygon(scene.Accent, (48, -12), (34, -48), (10, -48), (10, -12));
        Wheels(scene, 25);
    }

    private static void Convertible(Scene scene)
    {
        scene.Polygon(scene.Ink, (98, 40), (95, 0), (30, -8), (-20, 5), (-60, -8), (-98, -4), (-98, 40));
        scene.Line(scene.Ink, 8, (35, -8), (15, -42));
        scene.Disc(scene.Ink, -25, -22, 14);
        Wheels(scene, 23);
    }

    private static void Bus(Scene scene)
    {
        scene.Polygon(scene.Ink, (98, 40), (98, -5), (75, -62), (-95, -62), (-98, 40));
        foreach (int x in (ReadOnlySpan<int>)[-80, -35, 10])
            scene.Box(scene.Ground, x, -48, x + 32, -12);
        Wheels(scene, 19);
    }

    private static void Racer(Scene scene)
    {
        scene.Polygon(scene.Ink, (100, 40), (95, 25), (0, -12), (-60, 0), (-98, 5), (-98, 40));
        scene.Line(scene.Ink, 9, (-75, 0), (-75, -40));
        scene.Line(scene.Ink, 9, (-98, -40), (-55, -40));
        Wheels(scene, 27);
    }

    private static void Wheels(Scene scene, int radius)
    {
        foreach (int x in (ReadOnlySpan<int>)[-58, 58])
        {
            scene.Disc(scene.Ground, x, 42, radius + 6);
            scene.Disc(scene.Ink, x, 42, radius);
            scene.Disc(scene.Accent, x, 42, radius / 2);
        }
    }
}
